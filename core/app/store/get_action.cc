#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "core/app/hub/hub_progress.h"
#include "core/app/store/action.h"
#include "core/base/file.h"
#include "core/store/same_content.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

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
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          recursive_ ? Folder(place, call) : OneFile(place, call));
    return AnswerOf(files, place.store->uri(), "fetched", dry_run_);
  }

 private:
  using Files = std::vector<store::CopiedFile>;

  Result<Files> Folder(const store::Place& place, StoreCall& call) const {
    const std::string folder = to_.empty() ? "." : to_;
    ARROW_ASSIGN_OR_RAISE(
        Files files, CopyFolder(call, "fetch", {.dry_run = dry_run_}, [&](const auto& options) {
          return store::Download(*place.store, place.key, folder, options, call.cancel);
        }));
    if (!files.empty()) return files;
    const std::string& uri = place.store->uri();
    return Error(ErrorKind::kNotFound,
                 fmt::format("store: no object below {}/{}", uri, store::FolderPrefix(place.key)))
        .Hint(fmt::format("see `tideway store ls {}/`", uri));
  }

  Result<Files> OneFile(const store::Place& place, StoreCall& call) const {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(place.key));
    ARROW_ASSIGN_OR_RAISE(store::Object object, place.store->Head(place.key, call.cancel));
    ARROW_ASSIGN_OR_RAISE(const bool same, store::HasSameContent(object, path, call.cancel));
    if (!same && !dry_run_) {
      ARROW_ASSIGN_OR_RAISE(object, Fetch(place, object, path, call));
    }
    return Files{{place.key, path, object.size, !same}};
  }

  Result<store::Object> Fetch(const store::Place& place, const store::Object& object,
                              const std::string& path, StoreCall& call) const {
    call.transfer.Begin("fetch", 1, object.size);
    const HubProgress progress(call.globals, call.transfer);
    const fs::path parent = fs::path(path).parent_path();
    if (!parent.empty()) RETURN_NOT_OK(MakeFolders(parent.string()));
    return store::GetFile(*place.store, place.key, path, {}, call.cancel);
  }

  Result<std::string> PathOf(const std::string& key) const {
    const std::string name = key.substr(key.rfind('/') + 1);
    if (!store::CheckBelow(name).ok()) {
      return Error(ErrorKind::kUsage, "store: no name for a file: " + address_)
          .Hint("fetch all below a prefix with -r");
    }
    std::error_code error;
    const bool into = to_.empty() || to_.ends_with('/') || fs::is_directory(to_, error);
    return into ? (fs::path(to_.empty() ? "." : to_) / name).string() : to_;
  }

  std::string address_, to_;
  bool recursive_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<StoreAction> MakeGetObjectsAction() { return std::make_unique<GetAction>(); }

}  // namespace tideway::app
