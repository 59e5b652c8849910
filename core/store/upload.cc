#include <optional>
#include <semaphore>
#include <utility>

#include "core/store/copy_run.h"
#include "core/store/folder_copy.h"
#include "core/store/folder_walk.h"
#include "core/store/listing_ahead.h"
#include "core/store/same_content.h"
#include "core/store/source.h"

namespace tideway::store {
namespace {

constexpr int64_t kLargeBytes = int64_t{16} << 20;
constexpr int kLargeAtOnce = 4;

class UploadRun {
 public:
  UploadRun(Store& store, const std::string& folder, const std::string& prefix,
            const FolderCopyOptions& options, const CancelToken& cancel)
      : store_(store),
        folder_(folder),
        prefix_(prefix),
        options_(options),
        run_(options, cancel),
        walk_(folder) {
    if (!options.always) listing_.emplace(store, prefix, options.page_objects, run_.stop());
  }

  Result<Copied> Run() {
    RETURN_NOT_OK(
        run_.Run([this] { return Next(); }, [this](const CopyItem& item) { Copy(item); }));
    return run_.copied();
  }

 private:
  Result<std::optional<CopyItem>> Next() {
    ARROW_ASSIGN_OR_RAISE(const auto file, walk_.Next());
    if (!file) return std::nullopt;
    CopyItem item{{.key = prefix_ + file->path, .size = file->size}, folder_ + "/" + file->path};
    if (listing_) {
      ARROW_ASSIGN_OR_RAISE(item.there, Find(item.object.key));
    }
    return item;
  }

  // What the listing has by that key: both come in one order.
  Result<std::optional<Object>> Find(const std::string& key) {
    while (!listed_ || listed_->key < key) {
      ARROW_ASSIGN_OR_RAISE(listed_, listing_->Next());
      if (!listed_) break;
    }
    return listed_ && listed_->key == key ? listed_ : std::nullopt;
  }

  void Copy(const CopyItem& item) {
    if (item.there) {
      const auto same = HasSameContent(*item.there, item.path, run_.stop());
      if (!same.ok()) return run_.Failed(item, same.status());
      if (*same) return run_.Skipped(item);
    }
    if (options_.dry_run) return run_.Done(item);
    const bool large = item.object.size > kLargeBytes;
    if (large) large_.acquire();
    const Status status = Put(item);
    if (large) large_.release();
    if (!status.ok()) return run_.Failed(item, status);
    run_.Done(item);
  }

  Status Put(const CopyItem& item) {
    ARROW_ASSIGN_OR_RAISE(const net::Body source, FileSource(item.path));
    return store_.Put(item.object.key, source, options_.put, run_.stop()).status();
  }

  Store& store_;
  const std::string folder_;
  const std::string prefix_;
  const FolderCopyOptions& options_;
  CopyRun run_;
  FolderWalk walk_;
  std::optional<ListingAhead> listing_;  // none: all is put
  std::optional<Object> listed_;         // the last of it
  std::counting_semaphore<> large_{kLargeAtOnce};
};

}  // namespace

Result<Copied> Upload(Store& store, const std::string& folder, const std::string& prefix,
                      const FolderCopyOptions& options, const CancelToken& cancel) {
  return UploadRun(store, folder, FolderPrefix(prefix), options, cancel).Run();
}

}  // namespace tideway::store
