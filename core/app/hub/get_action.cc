#include <CLI/CLI.hpp>

#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/hub/remote/fetch.h"

namespace tideway::app {
namespace {

class GetAction : public HubAction {
 public:
  const char* name() const override { return "get"; }
  const char* summary() const override {
    return "fetch a file, or all of a commit, into the cache that Python shares";
  }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    target_.DeclareRevision(command, "a branch, tag or commit (default main)");
    command.add_option("--include", include_, "only files that match, such as \"data/*\"")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    command.add_option("--exclude", exclude_, "no files that match")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
  }
  Result<HubAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, target_.Resolve());
    hub::Api api(call.settings, net::SharedClient(), &call.transfer);
    const HubProgress progress(call.globals, call.transfer);
    return path.path.empty() ? GetAll(api, path, call) : GetFile(api, path, call);
  }

 private:
  Result<HubAnswer> GetAll(hub::Api& api, const hub::HubPath& path, HubCall& call) const {
    ARROW_ASSIGN_OR_RAISE(
        const hub::FetchedSnapshot snapshot,
        hub::FetchSnapshot(api, {path.repo, path.revision, include_, exclude_}, call.cancel));
    return HubAnswer{{{"path", snapshot.folder},
                      {"commit", snapshot.commit},
                      {"files", snapshot.files.size()},
                      {"fetched_files", snapshot.fetched_files},
                      {"fetched_bytes", snapshot.fetched_bytes}},
                     snapshot.folder + "\n"};
  }

  static Result<HubAnswer> GetFile(hub::Api& api, const hub::HubPath& path, HubCall& call) {
    ARROW_ASSIGN_OR_RAISE(const std::string file,
                          hub::FetchFile(api, {path.repo, path.path, path.revision}, call.cancel));
    return HubAnswer{{{"path", file}}, file + "\n"};
  }

  HubTarget target_;
  std::vector<std::string> include_, exclude_;
};

}  // namespace

std::unique_ptr<HubAction> MakeGetAction() { return std::make_unique<GetAction>(); }

}  // namespace tideway::app
