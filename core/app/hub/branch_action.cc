#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/hub/action.h"
#include "core/hub/remote/branches.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class BranchAction : public HubAction {
 public:
  const char* name() const override { return "branch"; }
  const char* summary() const override { return "list branches, make one, or take it away"; }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    command.add_option("name", name_, "the branch to make; without one they are listed")
        ->type_name("NAME");
    target_.DeclareRevision(command, "the branch, tag or commit that it begins at (default main)");
    command.add_option("--delete", removed_, "the branch to take away, with what only it has")
        ->type_name("NAME");
    command.add_flag("--dry-run", dry_run_, "tell what would change, and change nothing");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath target, target_.ResolveWhole());
    if (!name_.empty() && !removed_.empty()) {
      return Error(ErrorKind::kUsage, "usage: a branch is made or taken away, not both: " + name_ +
                                          " and --delete " + removed_);
    }
    if (!name_.empty()) RETURN_NOT_OK(hub::CheckBranch(name_));
    hub::Api api(call.settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const hub::Refs refs, api.ListRefs(target.repo, call.cancel));
    if (!removed_.empty()) return Remove(api, target, refs, call);
    return name_.empty() ? List(refs) : Make(api, target, refs, call);
  }

 private:
  static ActionAnswer List(const hub::Refs& refs) {
    ActionAnswer answer{{{"branches", Json::array()}}, ""};
    for (const hub::Ref& branch : refs.branches) {
      answer.json["branches"].push_back({{"name", branch.name}, {"commit", branch.commit}});
      answer.text += fmt::format("{}  {}\n", branch.commit, branch.name);
    }
    return answer;
  }

  Result<ActionAnswer> Make(hub::Api& api, const hub::HubPath& target, const hub::Refs& refs,
                            HubCall& call) const {
    ARROW_ASSIGN_OR_RAISE(const hub::RepoInfo info,
                          api.Info(target.repo, target.revision, call.cancel));
    const auto taken = std::ranges::find(refs.branches, name_, &hub::Ref::name);
    if (taken != refs.branches.end()) {
      return Error(ErrorKind::kConflict,
                   fmt::format("hub: the branch exists: {}, at {}", name_, taken->commit))
          .Hint(fmt::format("choose another name, or take it away first: tideway hub branch {} "
                            "--delete {}",
                            target.repo.id, name_));
    }
    if (!dry_run_) {
      const hub::Ref branch{.name = name_, .ref = "", .commit = info.commit};
      RETURN_NOT_OK(hub::MakeBranch(api, target.repo, branch, call.cancel));
    }
    return ActionAnswer{
        {{"name", name_}, {"commit", info.commit}, {"dry_run", dry_run_}},
        fmt::format("{}{} begins at {}\n", dry_run_ ? "would make: " : "", name_, info.commit)};
  }

  Result<ActionAnswer> Remove(hub::Api& api, const hub::HubPath& target, const hub::Refs& refs,
                              HubCall& call) const {
    const auto branch = std::ranges::find(refs.branches, removed_, &hub::Ref::name);
    if (branch == refs.branches.end()) {
      std::vector<std::string> names;
      for (const hub::Ref& ref : refs.branches) names.push_back(ref.name);
      return Error(ErrorKind::kNotFound,
                   fmt::format("hub: no branch {} of {} {}{}", removed_, target.repo.noun(),
                               target.repo.id, DidYouMean(removed_, names)))
          .Hint(fmt::format("see `tideway hub branch {}`", target.repo.id));
    }
    if (!dry_run_) RETURN_NOT_OK(hub::DropBranch(api, target.repo, removed_, call.cancel));
    return ActionAnswer{
        {{"removed", removed_}, {"commit", branch->commit}, {"dry_run", dry_run_}},
        fmt::format("{} {}, which was at {}\n", dry_run_ ? "would remove" : "removed", removed_,
                    branch->commit)};
  }

  HubTarget target_;
  std::string name_, removed_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakeBranchAction() { return std::make_unique<BranchAction>(); }

}  // namespace tideway::app
