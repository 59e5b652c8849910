#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>

#include "core/app/hub/hub_progress.h"
#include "core/app/store/action.h"
#include "core/base/work_all.h"
#include "core/store/folder_copy.h"
#include "core/store/source.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAtOnce = 2;  // files; a large one goes in several parts at once

class PutAction : public StoreAction {
 public:
  const char* name() const override { return "put"; }
  const char* summary() const override { return "send a file, or all of a folder"; }
  void Declare(CLI::App& command) override {
    command.add_option("path", path_, "a file; with -r a folder")->type_name("PATH")->required();
    DeclareAddress(command, address_, "a key; a bucket, or what ends with /, is a folder");
    command.add_flag("-r,--recursive", recursive_, "send all files below the folder");
    command.add_option("--content-type", type_, "what a browser is told (default of no kind)")
        ->type_name("TYPE");
    command.add_flag("--if-absent", if_absent_, "replace nothing: an object there is an error");
    command.add_flag("--dry-run", dry_run_, "tell what would be sent, and send nothing");
  }

  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place, call.Open(address_));
    ARROW_ASSIGN_OR_RAISE(
        auto files, recursive_ ? FilesBelow(store::FolderPrefix(place.key)) : OneFile(place.key));
    int64_t bytes = 0;
    for (const MovedFile& file : files) bytes += file.object.size;
    ARROW_ASSIGN_OR_RAISE(const auto there, Sizes(place, call.cancel));
    call.transfer.Begin("send", static_cast<int64_t>(files.size()), bytes);
    const HubProgress progress(call.globals, call.transfer);
    CancelToken stop(&call.cancel);
    RETURN_NOT_OK(WorkAll(files.size(), kAtOnce, stop, [&](size_t index) -> Status {
      MovedFile& file = files[index];
      const auto found = there.find(file.object.key);
      const bool may_be_same = found != there.end() && found->second == file.object.size;
      RETURN_NOT_OK(Send(*place.store, file, may_be_same, stop));
      call.transfer.AddFile();
      call.transfer.AddBytes(file.object.size);
      return Status::OK();
    }));
    return AnswerOf(files, place.store->uri(), "sent", dry_run_);
  }

 private:
  static Result<MovedFile> FileOf(const std::string& path, std::string key) {
    ARROW_ASSIGN_OR_RAISE(const net::Body source, store::FileSource(path));
    return MovedFile{path, {.key = std::move(key), .size = source.size}};
  }

  Result<std::vector<MovedFile>> OneFile(const std::string& key) const {
    std::error_code error;
    if (fs::is_directory(path_, error)) {
      return Error(ErrorKind::kUsage, "store: a folder, no file: " + path_)
          .Hint("send all that is in it with -r");
    }
    const bool into = key.empty() || key.ends_with('/');
    const std::string name = fs::path(path_).filename().string();
    ARROW_ASSIGN_OR_RAISE(MovedFile file, FileOf(path_, into ? key + name : key));
    return std::vector<MovedFile>{std::move(file)};
  }

  Result<std::vector<MovedFile>> FilesBelow(const std::string& folder) const {
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(path_, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code gone;
      if (entry->is_regular_file(gone)) paths.push_back(entry->path().string());
    }
    if (error) return ErrnoError(error.value(), "store: cannot list", path_);
    std::ranges::sort(paths);
    std::vector<MovedFile> files;
    for (const std::string& path : paths) {
      ARROW_ASSIGN_OR_RAISE(
          MovedFile file, FileOf(path, folder + fs::path(path).lexically_relative(path_).string()));
      files.push_back(std::move(file));
    }
    if (!files.empty()) return files;
    return Error(ErrorKind::kNotFound, "store: no files in " + path_);
  }

  // Of what is there already, by key.
  Result<std::map<std::string, int64_t>> Sizes(const store::Place& place,
                                               const CancelToken& cancel) const {
    std::map<std::string, int64_t> sizes;
    const std::string prefix = recursive_ ? store::FolderPrefix(place.key) : place.key;
    ARROW_ASSIGN_OR_RAISE(const auto objects, store::ListAll(*place.store, prefix, cancel));
    for (const store::Object& object : objects) sizes[object.key] = object.size;
    return sizes;
  }

  Status Send(store::Store& to, MovedFile& file, bool may_be_same,
              const CancelToken& cancel) const {
    if (may_be_same && !if_absent_ && type_.empty()) {
      ARROW_ASSIGN_OR_RAISE(const bool same, IsSame(to, file, cancel));
      if (same) return Status::OK();
    }
    file.moved = true;
    if (dry_run_) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const net::Body source, store::FileSource(file.path));
    const store::PutOptions options{.content_type = type_, .if_absent = if_absent_};
    return to.Put(file.object.key, source, options, cancel).Value(&file.object);
  }

  std::string path_, address_, type_;
  bool recursive_ = false, if_absent_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<StoreAction> MakePutObjectsAction() { return std::make_unique<PutAction>(); }

}  // namespace tideway::app
