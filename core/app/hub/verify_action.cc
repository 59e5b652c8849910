#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/base/memory.h"
#include "core/hub/remote/verify.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class VerifyAction : public HubAction {
 public:
  const char* name() const override { return "verify"; }
  const char* summary() const override {
    return "compare what was fetched with what the Hub lists, byte for byte";
  }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    target_.DeclareRevision(command, "a branch, tag or commit (default main)");
    command.add_option("--local-dir", local_, "the folder to look at, in place of the cache")
        ->type_name("FOLDER");
    patterns_.Declare(command);
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath target, target_.ResolveWhole());
    hub::Api api(call.settings, net::SharedClient(), &call.transfer);
    const HubProgress progress(call.globals, call.transfer);
    ARROW_ASSIGN_OR_RAISE(
        const hub::Verified verified,
        hub::VerifySnapshot(
            api, {target.repo, target.revision, patterns_.include, patterns_.exclude, local_},
            call.cancel));
    return Answer(target, verified);
  }

 private:
  ActionAnswer Answer(const hub::HubPath& target, const hub::Verified& verified) const {
    Json wrong = Json::array();
    ActionAnswer answer;
    for (const hub::WrongFile& file : verified.wrong) {
      wrong.push_back({{"path", file.path}, {"what", file.what}});
      answer.text += fmt::format("{}: {}\n", file.path, file.what);
    }
    answer.json = {{"path", verified.folder},
                   {"commit", verified.commit},
                   {"files", verified.files},
                   {"bytes", verified.bytes},
                   {"wrong", std::move(wrong)}};
    if (verified.wrong.empty()) {
      answer.text = fmt::format("{} files, {}, are what {} has at {}\n", verified.files,
                                FormatBytes(verified.bytes), target.repo.id, verified.commit);
      return answer;
    }
    answer.trouble =
        Error(ErrorKind::kData, fmt::format("hub: {} of {} files in {} are not what {} has at {}",
                                            verified.wrong.size(), verified.files, verified.folder,
                                            target.repo.id, verified.commit))
            .Hint(local_.empty() ? fmt::format("`tideway hub cache verify --remove` takes broken "
                                               "contents away; then `tideway hub get {}`",
                                               target.repo.id)
                                 : fmt::format("remove the broken files; then `tideway hub get {} "
                                               "--local-dir {}`",
                                               target.repo.id, local_));
    return answer;
  }

  HubTarget target_;
  std::string local_;
  HubPatterns patterns_;
};

}  // namespace

std::unique_ptr<HubAction> MakeVerifyAction() { return std::make_unique<VerifyAction>(); }

}  // namespace tideway::app
