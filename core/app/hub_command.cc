#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/signals.h"
#include "core/base/cancel.h"
#include "core/base/memory.h"
#include "core/hub/remote/fetch.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

// Looks at the Hugging Face Hub, and fetches from it into the cache that all its clients share.
class HubCommand : public Command {
 public:
  const char* name() const override { return "hub"; }
  const char* summary() const override { return "look at the Hugging Face Hub, and fetch from it"; }
  void Declare(CLI::App& command) override {
    command.add_option("action", action_, "whoami, info, ls or get")
        ->type_name("ACTION")
        ->required();
    command
        .add_option("repository", repository_,
                    "ns/name of a dataset, or hf://datasets/ns/name@revision/path")
        ->type_name("REPOSITORY");
    command.add_option("--revision", revision_, "a branch, tag or commit (default main)")
        ->type_name("REV");
    command.add_option("--include", include_, "get: only files that match, such as \"data/*\"")
        ->type_name("PATTERN");
    command.add_option("--exclude", exclude_, "get: no files that match")->type_name("PATTERN");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    SignalWatch watch;
    SignalWatch::Action action(watch, [this] { cancel_.Cancel(); });
    ARROW_ASSIGN_OR_RAISE(hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
    hub::Api api(std::move(settings), net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const Answer answer, Ask(api));
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(answer.json) + "\n" : answer.text));
    return ExitCode::kDone;
  }

 private:
  struct Answer {
    Json json;
    std::string text;
  };

  Result<Answer> Ask(hub::Api& api) {
    if (action_ == "whoami") return WhoAmI(api);
    const std::vector<std::string> actions{"whoami", "info", "ls", "get"};
    if (std::find(actions.begin(), actions.end(), action_) == actions.end()) {
      return Error(ErrorKind::kUsage,
                   "usage: unknown action: " + action_ + DidYouMean(action_, actions))
          .Hint("see `tideway hub --help`");
    }
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, Target());
    if (action_ == "info") return Info(api, path);
    if (action_ == "ls") return List(api, path);
    return path.path.empty() ? Get(api, path) : GetFile(api, path);
  }

  Result<hub::HubPath> Target() const {
    if (repository_.empty()) {
      return Error(ErrorKind::kUsage, "usage: " + action_ + " of which repository?")
          .Hint("name it: tideway hub " + action_ + " namespace/name");
    }
    hub::HubPath path;
    if (repository_.starts_with("hf://")) {
      ARROW_ASSIGN_OR_RAISE(path, hub::HubPath::Parse(repository_));
    } else {
      ARROW_ASSIGN_OR_RAISE(path.repo, hub::RepoId::Make(hub::RepoType::kDataset, repository_));
    }
    if (!revision_.empty()) path.revision = revision_;
    if (path.revision.empty()) path.revision = "main";
    return path;
  }

  Result<Answer> WhoAmI(hub::Api& api) {
    ARROW_ASSIGN_OR_RAISE(const hub::Identity identity, api.WhoAmI(cancel_));
    std::string text = fmt::format("{} ({}), token of {}", identity.name, identity.type,
                                   api.settings().token_source);
    if (!identity.role.empty()) text += fmt::format(", which may {}", identity.role);
    if (!identity.orgs.empty())
      text += fmt::format("; member of {}", fmt::join(identity.orgs, ", "));
    return Answer{{{"name", identity.name},
                   {"type", identity.type},
                   {"role", identity.role},
                   {"orgs", identity.orgs},
                   {"token_source", api.settings().token_source},
                   {"endpoint", api.settings().endpoint}},
                  text + "\n"};
  }

  Result<Answer> Info(hub::Api& api, const hub::HubPath& path) {
    ARROW_ASSIGN_OR_RAISE(const hub::RepoInfo info, api.Info(path.repo, path.revision, cancel_));
    ARROW_ASSIGN_OR_RAISE(const hub::Refs refs, api.ListRefs(path.repo, cancel_));
    std::vector<std::string> branches, tags;
    for (const auto& ref : refs.branches) branches.push_back(ref.name);
    for (const auto& ref : refs.tags) tags.push_back(ref.name);
    return Answer{
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

  Result<Answer> List(hub::Api& api, const hub::HubPath& path) {
    ARROW_ASSIGN_OR_RAISE(const auto files, api.Tree(path.repo, path.revision, path.path, cancel_));
    Answer answer{{{"files", Json::array()}}, ""};
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

  Result<Answer> Get(hub::Api& api, const hub::HubPath& path) {
    ARROW_ASSIGN_OR_RAISE(
        const hub::FetchedSnapshot snapshot,
        hub::FetchSnapshot(api, {path.repo, path.revision, include_, exclude_}, cancel_));
    return Answer{{{"path", snapshot.folder},
                   {"commit", snapshot.commit},
                   {"files", snapshot.files.size()},
                   {"fetched_files", snapshot.fetched_files},
                   {"fetched_bytes", snapshot.fetched_bytes}},
                  snapshot.folder + "\n"};
  }

  Result<Answer> GetFile(hub::Api& api, const hub::HubPath& path) {
    ARROW_ASSIGN_OR_RAISE(const std::string file,
                          hub::FetchFile(api, {path.repo, path.path, path.revision}, cancel_));
    return Answer{{{"path", file}}, file + "\n"};
  }

  std::string action_, repository_, revision_;
  std::vector<std::string> include_, exclude_;
  CancelToken cancel_;
};

}  // namespace

std::unique_ptr<Command> MakeHubCommand() { return std::make_unique<HubCommand>(); }

}  // namespace tideway::app
