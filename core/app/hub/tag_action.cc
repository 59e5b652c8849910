#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/hub/action.h"
#include "core/hub/remote/tags.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class TagAction : public HubAction {
 public:
  const char* name() const override { return "tag"; }
  const char* summary() const override { return "list tags, give a version one, or take it away"; }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    command.add_option("name", name_, "the tag to give; without one they are listed")
        ->type_name("NAME");
    target_.DeclareRevision(command, "the branch, tag or commit that gets it (default main)");
    command.add_option("--message", message_, "what the tag says")->type_name("TEXT");
    command.add_option("--delete", removed_, "the tag to take away; its commit stays")
        ->type_name("NAME");
    command.add_flag("--dry-run", dry_run_, "tell what would change, and change nothing");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath target, target_.ResolveWhole());
    if (!name_.empty() && !removed_.empty()) {
      return Error(ErrorKind::kUsage, "usage: a tag is given or taken away, not both: " + name_ +
                                          " and --delete " + removed_);
    }
    if (!name_.empty()) RETURN_NOT_OK(hub::CheckTag(name_));
    hub::Api api(call.settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const hub::Refs refs, api.ListRefs(target.repo, call.cancel));
    if (!removed_.empty()) return Remove(api, target, refs, call);
    return name_.empty() ? List(refs) : Give(api, target, refs, call);
  }

 private:
  static ActionAnswer List(const hub::Refs& refs) {
    ActionAnswer answer{{{"tags", Json::array()}}, ""};
    for (const hub::Ref& tag : refs.tags) {
      answer.json["tags"].push_back({{"name", tag.name}, {"commit", tag.commit}});
      answer.text += fmt::format("{}  {}\n", tag.commit, tag.name);
    }
    return answer;
  }

  Result<ActionAnswer> Give(hub::Api& api, const hub::HubPath& target, const hub::Refs& refs,
                            HubCall& call) const {
    ARROW_ASSIGN_OR_RAISE(const hub::RepoInfo info,
                          api.Info(target.repo, target.revision, call.cancel));
    const auto taken = std::ranges::find(refs.tags, name_, &hub::Ref::name);
    if (taken != refs.tags.end()) {
      return Error(ErrorKind::kConflict,
                   fmt::format("hub: the tag exists: {}, of {}", name_, taken->commit))
          .Hint(fmt::format("tags are never moved; choose another name, or take it away first: "
                            "tideway hub tag {} --delete {}",
                            target.repo.id, name_));
    }
    if (!dry_run_) {
      RETURN_NOT_OK(hub::MakeTag(api, target.repo, {name_, info.commit}, message_, call.cancel));
    }
    return ActionAnswer{
        {{"name", name_}, {"commit", info.commit}, {"dry_run", dry_run_}},
        fmt::format("{}{} is {}\n", dry_run_ ? "would tag: " : "", name_, info.commit)};
  }

  Result<ActionAnswer> Remove(hub::Api& api, const hub::HubPath& target, const hub::Refs& refs,
                              HubCall& call) const {
    const auto tag = std::ranges::find(refs.tags, removed_, &hub::Ref::name);
    if (tag == refs.tags.end()) {
      std::vector<std::string> names;
      for (const hub::Ref& ref : refs.tags) names.push_back(ref.name);
      return Error(ErrorKind::kNotFound,
                   fmt::format("hub: no tag {} of {} {}{}", removed_, target.repo.noun(),
                               target.repo.id, DidYouMean(removed_, names)))
          .Hint(fmt::format("see `tideway hub tag {}`", target.repo.id));
    }
    if (!dry_run_) RETURN_NOT_OK(hub::DropTag(api, target.repo, removed_, call.cancel));
    return ActionAnswer{{{"removed", removed_}, {"commit", tag->commit}, {"dry_run", dry_run_}},
                        fmt::format("{} {}, which was {}\n", dry_run_ ? "would remove" : "removed",
                                    removed_, tag->commit)};
  }

  HubTarget target_;
  std::string name_, message_, removed_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakeTagAction() { return std::make_unique<TagAction>(); }

}  // namespace tideway::app
