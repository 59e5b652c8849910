#include <fmt/format.h>

#include <optional>
#include <semaphore>
#include <utility>

#include "core/base/file.h"
#include "core/store/copy_run.h"
#include "core/store/folder_copy.h"
#include "core/store/listing_ahead.h"
#include "core/store/publish_batch.h"
#include "core/store/same_content.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

constexpr int64_t kSmallBytes = int64_t{1} << 20;  // come through memory
constexpr int kLargeAtOnce = 4;

class DownloadRun {
 public:
  DownloadRun(Store& store, const std::string& prefix, std::string folder,
              const FolderCopyOptions& options, const CancelToken& cancel)
      : store_(store),
        prefix_(prefix),
        folder_(std::move(folder)),
        options_(options),
        run_(options, cancel),
        listing_(store, prefix, options.page_objects, run_.stop()),
        batch_(run_) {}

  Result<Copied> Run() {
    const Status status =
        run_.Run([this] { return Next(); }, [this](const CopyItem& item) { Copy(item); });
    if (KindOfOk(status) != ErrorKind::kInterrupted) batch_.Flush();
    RETURN_NOT_OK(status);
    return run_.copied();
  }

 private:
  static std::optional<ErrorKind> KindOfOk(const Status& status) {
    return status.ok() ? std::nullopt : std::optional(KindOf(status));
  }

  Result<std::optional<CopyItem>> Next() {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto object, listing_.Next());
      if (!object) return std::nullopt;
      if (object->key.ends_with('/') && object->size == 0) continue;
      const std::string below = object->key.substr(prefix_.size());
      CopyItem item{std::move(*object), folder_ + "/" + below};
      Status ready = CheckBelow(below);
      if (ready.ok()) ready = MakeReady(ParentOf(item.path));
      if (ready.ok()) return item;
      run_.Failed(item, ready);
    }
  }

  // Keys come in order, so those of one folder mostly come together.
  Status MakeReady(const std::string& folder) {
    if (folder == ready_ || options_.dry_run) return Status::OK();
    RETURN_NOT_OK(MakeFolders(folder));
    RETURN_NOT_OK(RemoveStaleTemporaries(folder).status());
    ready_ = folder;
    return Status::OK();
  }

  void Copy(const CopyItem& item) {
    const auto same =
        options_.always ? Result<bool>(false) : HasSameContent(item.object, item.path, run_.stop());
    if (!same.ok()) return run_.Failed(item, same.status());
    if (*same) return run_.Skipped(item);
    if (options_.dry_run) return run_.Done(item);
    if (item.object.size > kSmallBytes) return CopyLarge(item);
    const auto text = GetListed(store_, item.object, kSmallBytes, run_.stop());
    if (text.ok()) return batch_.Add(item, *text);
    const bool grew = KindOf(text.status()) == ErrorKind::kMemory;
    return grew ? CopyLarge(item) : run_.Failed(item, text.status());
  }

  void CopyLarge(const CopyItem& item) {
    large_.acquire();
    const auto object = GetFile(store_, item.object.key, item.path, {}, run_.stop());
    large_.release();
    if (!object.ok()) return run_.Failed(item, object.status());
    run_.Done({*object, item.path});
  }

  Store& store_;
  const std::string prefix_;
  const std::string folder_;
  const FolderCopyOptions& options_;
  CopyRun run_;
  ListingAhead listing_;
  PublishBatch batch_;
  std::string ready_;  // the last folder that was made
  std::counting_semaphore<> large_{kLargeAtOnce};
};

}  // namespace

Status CheckBelow(const std::string& path) {
  const auto wrong = [&path](const char* why) {
    return Error(ErrorKind::kData, fmt::format("store: no path below a folder: `{}` {}", path, why))
        .Hint("fetch it alone, under another name");
  };
  if (path.find('\0') != path.npos) return wrong("has a zero byte");
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    if (part.empty()) return wrong("has an empty part");
    if (part == "." || part == "..") return wrong("has a part `.` or `..`");
    at = end + 1;
  }
  return Status::OK();
}

Result<Copied> Download(Store& store, const std::string& prefix, const std::string& folder,
                        const FolderCopyOptions& options, const CancelToken& cancel) {
  const std::string below = FolderPrefix(prefix);
  if (!options.dry_run) RETURN_NOT_OK(MakeFolders(folder));
  return DownloadRun(store, below, CanonicalPath(folder), options, cancel).Run();
}

}  // namespace tideway::store
