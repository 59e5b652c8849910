#include <CLI/CLI.hpp>
#include <filesystem>

#include "core/app/hub/hub_progress.h"
#include "core/app/store/action.h"
#include "core/store/same_content.h"
#include "core/store/source.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

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
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          recursive_ ? Folder(place, call) : OneFile(place, call));
    return AnswerOf(files, place.store->uri(), "sent", dry_run_);
  }

 private:
  using Files = std::vector<store::CopiedFile>;

  store::PutOptions options() const { return {.content_type = type_, .if_absent = if_absent_}; }
  // Also what is there with the same bytes: its type may be another, and it may not be there.
  bool always() const { return if_absent_ || !type_.empty(); }

  Result<Files> Folder(const store::Place& place, StoreCall& call) const {
    ARROW_ASSIGN_OR_RAISE(
        Files files,
        CopyFolder(call, "send", {.always = always(), .dry_run = dry_run_, .put = options()},
                   [&](const auto& options) {
                     return store::Upload(*place.store, path_, place.key, options, call.cancel);
                   }));
    if (!files.empty()) return files;
    return Error(ErrorKind::kNotFound, "store: no files in " + path_);
  }

  Result<Files> OneFile(const store::Place& place, StoreCall& call) const {
    std::error_code error;
    if (fs::is_directory(path_, error)) {
      return Error(ErrorKind::kUsage, "store: a folder, no file: " + path_)
          .Hint("send all that is in it with -r");
    }
    const bool into = place.key.empty() || place.key.ends_with('/');
    const std::string key = into ? place.key + fs::path(path_).filename().string() : place.key;
    ARROW_ASSIGN_OR_RAISE(const net::Body source, store::FileSource(path_));
    ARROW_ASSIGN_OR_RAISE(const bool same, IsThere(*place.store, key, call.cancel));
    if (!same && !dry_run_) {
      call.transfer.Begin("send", 1, source.size);
      const HubProgress progress(call.globals, call.transfer);
      RETURN_NOT_OK(place.store->Put(key, source, options(), call.cancel).status());
    }
    return Files{{key, path_, source.size, !same}};
  }

  Result<bool> IsThere(store::Store& to, const std::string& key, const CancelToken& cancel) const {
    if (always()) return false;
    const auto object = to.Head(key, cancel);
    if (object.ok()) return store::HasSameContent(*object, path_, cancel);
    const ErrorKind kind = KindOf(object.status());
    if (kind == ErrorKind::kNotFound || kind == ErrorKind::kAuth) return false;  // or only writes
    return object.status();
  }

  std::string path_, address_, type_;
  bool recursive_ = false, if_absent_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<StoreAction> MakePutObjectsAction() { return std::make_unique<PutAction>(); }

}  // namespace tideway::app
