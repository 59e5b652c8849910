#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "core/app/hub/hub_progress.h"
#include "core/app/store/action.h"
#include "core/base/file.h"
#include "core/base/work_all.h"
#include "core/store/folder_copy.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAtOnce = 4;  // files; a large one comes in several parts at once

class GetAction : public StoreAction {
 public:
  const char* name() const override { return "get"; }
  const char* summary() const override { return "fetch an object, or all below a prefix"; }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "an object; with -r a prefix: s3://bucket/data");
    command.add_option("to", to_, "a file, or a folder that is there (default here)")
        ->type_name("PATH");
    command.add_flag("-r,--recursive", recursive_, "fetch all below the prefix into the folder");
    command.add_flag("--dry-run", dry_run_, "tell what would be fetched, and fetch nothing");
  }

  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place,
                          recursive_ ? call.Open(address_) : call.OpenObject(address_));
    ARROW_ASSIGN_OR_RAISE(auto files, recursive_ ? FilesBelow(place, call) : OneFile(place, call));
    int64_t bytes = 0;
    for (const MovedFile& file : files) bytes += file.object.size;
    call.transfer.Begin("fetch", static_cast<int64_t>(files.size()), bytes);
    const HubProgress progress(call.globals, call.transfer);
    CancelToken stop(&call.cancel);
    RETURN_NOT_OK(WorkAll(files.size(), kAtOnce, stop, [&](size_t index) -> Status {
      RETURN_NOT_OK(Fetch(*place.store, files[index], stop));
      call.transfer.AddFile();
      call.transfer.AddBytes(files[index].object.size);
      return Status::OK();
    }));
    return AnswerOf(files, place.store->uri(), "fetched", dry_run_);
  }

 private:
  Result<std::vector<MovedFile>> OneFile(const store::Place& place, const StoreCall& call) const {
    const std::string name = place.key.substr(place.key.rfind('/') + 1);
    if (!store::CheckBelow(name).ok()) {
      return Error(ErrorKind::kUsage, "store: no name for a file: " + address_)
          .Hint("fetch all below a prefix with -r");
    }
    ARROW_ASSIGN_OR_RAISE(store::Object object, place.store->Head(place.key, call.cancel));
    std::error_code error;
    const bool into = to_.empty() || to_.ends_with('/') || fs::is_directory(to_, error);
    const std::string folder = to_.empty() ? "." : to_;
    return std::vector<MovedFile>{{into ? (fs::path(folder) / name).string() : to_, object}};
  }

  Result<std::vector<MovedFile>> FilesBelow(const store::Place& place,
                                            const StoreCall& call) const {
    const std::string folder = store::FolderPrefix(place.key);
    ARROW_ASSIGN_OR_RAISE(const auto objects, store::ListAll(*place.store, folder, call.cancel));
    std::vector<MovedFile> files;
    for (const store::Object& object : objects) {
      if (object.key.ends_with('/')) continue;  // what stands for a folder
      const std::string name = object.key.substr(folder.size());
      if (!store::CheckBelow(name).ok()) {
        return Error(ErrorKind::kData,
                     fmt::format("store: no name for a file below a folder: {}/{}",
                                 place.store->uri(), object.key))
            .Hint("fetch the others one by one, and this one under another name");
      }
      files.push_back({(fs::path(to_.empty() ? "." : to_) / name).string(), object});
    }
    if (!files.empty()) return files;
    return Error(ErrorKind::kNotFound,
                 fmt::format("store: no object below {}/{}", place.store->uri(), folder))
        .Hint(fmt::format("see `tideway store ls {}/`", place.store->uri()));
  }

  Status Fetch(store::Store& from, MovedFile& file, const CancelToken& cancel) const {
    ARROW_ASSIGN_OR_RAISE(const bool same, IsSame(from, file, cancel));
    file.moved = !same;
    if (same || dry_run_) return Status::OK();
    const fs::path parent = fs::path(file.path).parent_path();
    if (!parent.empty()) RETURN_NOT_OK(MakeFolders(parent.string()));
    return store::GetFile(from, file.object.key, file.path, {}, cancel).Value(&file.object);
  }

  std::string address_, to_;
  bool recursive_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<StoreAction> MakeGetObjectsAction() { return std::make_unique<GetAction>(); }

}  // namespace tideway::app
