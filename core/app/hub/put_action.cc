#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/base/memory.h"
#include "core/hub/put.h"
#include "core/hub/remote/remote_repository.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class PutAction : public HubAction {
 public:
  const char* name() const override { return "put"; }
  const char* summary() const override {
    return "publish files and folders as they are, in one commit";
  }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    command
        .add_option("files", sources_,
                    "files, and folders, of which all that is in them goes; `.git` stays")
        ->type_name("FILE...");
    command
        .add_option("--to", to_,
                    "the folder in the repository; the name of a single file, without / at its end")
        ->type_name("PATH");
    command.add_option("--message", message_, "what the commit says; the first line is its title")
        ->type_name("TEXT");
    target_.DeclareRevision(command, "the branch, which has to be there (default main)");
    command
        .add_option("--delete", remove_,
                    "files of the repository that go, where they match and are not put")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    command.add_flag("--dry-run", dry_run_, "tell what would change, and change nothing");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath target, target_.ResolveWhole());
    ARROW_ASSIGN_OR_RAISE(auto files, hub::FindPutFiles(sources_, to_));
    hub::RemoteOptions options;
    options.uri = target.repo.id;
    options.repo = target.repo;
    options.settings = call.settings;
    options.cancel = &call.cancel;
    options.branch = target.revision;
    options.transfer = &call.transfer;
    hub::RemoteRepository repository(std::move(options));
    const HubProgress progress(call.globals, call.transfer);
    ARROW_ASSIGN_OR_RAISE(const hub::PutResult result,
                          hub::Put(repository, {std::move(files), remove_, message_, dry_run_},
                                   call.cancel, call.transfer));
    return Answer(result);
  }

 private:
  ActionAnswer Answer(const hub::PutResult& result) const {
    ActionAnswer answer;
    Json sent = Json::array();
    int64_t bytes = 0;
    for (const hub::PutFile& file : result.sent) {
      sent.push_back({{"path", file.path}, {"bytes", file.size}});
      bytes += file.size;
      if (dry_run_) answer.text += fmt::format("{:>12}  {}\n", FormatBytes(file.size), file.path);
    }
    for (const std::string& path : result.removed) {
      if (dry_run_) answer.text += fmt::format("{:>12}  {}\n", "removed", path);
    }
    answer.json = {{"changed", result.changed},     {"commit", result.commit},
                   {"sent", std::move(sent)},       {"removed", result.removed},
                   {"unchanged", result.unchanged}, {"dry_run", dry_run_}};
    if (!result.changed) {
      answer.text += fmt::format("nothing changed since {}\n", result.commit);
      return answer;
    }
    answer.text += dry_run_ ? "would commit" : "commit " + result.commit;
    answer.text += fmt::format(": {} files, {}; {} removed, {} unchanged\n", result.sent.size(),
                               FormatBytes(bytes), result.removed.size(), result.unchanged);
    return answer;
  }

  HubTarget target_;
  std::vector<std::string> sources_, remove_;
  std::string to_, message_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakePutAction() { return std::make_unique<PutAction>(); }

}  // namespace tideway::app
