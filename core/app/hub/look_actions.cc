#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/hub/action.h"
#include "core/base/memory.h"
#include "core/hub/remote/api.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class WhoAmIAction : public HubAction {
 public:
  const char* name() const override { return "whoami"; }
  const char* summary() const override { return "tell whose token is used, and what it may"; }
  void Declare(CLI::App&) override {}
  Result<ActionAnswer> Run(HubCall& call) override {
    hub::Api api(call.settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const hub::Identity identity, api.WhoAmI(call.cancel));
    std::string text = fmt::format("{} ({}), token of {}", identity.name, identity.type,
                                   call.settings.token_source);
    if (!identity.role.empty()) text += fmt::format(", which may {}", identity.role);
    if (!identity.orgs.empty())
      text += fmt::format("; member of {}", fmt::join(identity.orgs, ", "));
    return ActionAnswer{{{"name", identity.name},
                         {"type", identity.type},
                         {"role", identity.role},
                         {"orgs", identity.orgs},
                         {"token_source", call.settings.token_source},
                         {"endpoint", call.settings.endpoint}},
                        text + "\n"};
  }
};

class InfoAction : public HubAction {
 public:
  const char* name() const override { return "info"; }
  const char* summary() const override { return "tell what a repository is, and its branches"; }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    target_.DeclareRevision(command, "a branch, tag or commit (default main)");
  }
  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, target_.Resolve());
    hub::Api api(call.settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const hub::RepoInfo info,
                          api.Info(path.repo, path.revision, call.cancel));
    ARROW_ASSIGN_OR_RAISE(const hub::Refs refs, api.ListRefs(path.repo, call.cancel));
    std::vector<std::string> branches, tags;
    for (const auto& ref : refs.branches) branches.push_back(ref.name);
    for (const auto& ref : refs.tags) tags.push_back(ref.name);
    return ActionAnswer{
        {{"id", info.id},
         {"type", path.repo.noun()},
         {"commit", info.commit},
         {"private", info.is_private},
         {"gated", info.gated.empty() ? Json(false) : Json(info.gated)},
         {"last_modified", info.last_modified},
         {"branches", branches},
         {"tags", tags}},
        fmt::format(
            "{} {}\ncommit    {}\nchanged   {}\naccess    {}{}\nbranches  {}\ntags      {}\n",
            path.repo.noun(), info.id, info.commit, info.last_modified,
            info.is_private ? "private" : "public",
            info.gated.empty() ? "" : ", gated (" + info.gated + ")", fmt::join(branches, ", "),
            fmt::join(tags, ", "))};
  }

 private:
  HubTarget target_;
};

class ListAction : public HubAction {
 public:
  const char* name() const override { return "ls"; }
  const char* summary() const override { return "list the files of a repository"; }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    target_.DeclareRevision(command, "a branch, tag or commit (default main)");
  }
  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, target_.Resolve());
    hub::Api api(call.settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          api.Tree(path.repo, path.revision, path.path, call.cancel));
    ActionAnswer answer{{{"files", Json::array()}}, ""};
    for (const hub::RemoteFile& file : files) {
      answer.json["files"].push_back(
          {{"path", file.path},
           {"bytes", file.size},
           {"blob_id", file.blob_id},
           {"sha256", file.sha256.empty() ? Json(nullptr) : Json(file.sha256)}});
      answer.text += fmt::format("{:>12}  {}\n", FormatBytes(file.size), file.path);
    }
    return answer;
  }

 private:
  HubTarget target_;
};

}  // namespace

std::unique_ptr<HubAction> MakeWhoAmIAction() { return std::make_unique<WhoAmIAction>(); }
std::unique_ptr<HubAction> MakeInfoAction() { return std::make_unique<InfoAction>(); }
std::unique_ptr<HubAction> MakeListAction() { return std::make_unique<ListAction>(); }

}  // namespace tideway::app
