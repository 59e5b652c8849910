#include <CLI/CLI.hpp>
#include <mutex>

#include "core/app/command.h"
#include "core/app/hub/action.h"
#include "core/app/signals.h"

namespace tideway::app {
namespace {

// Looks at the Hugging Face Hub, fetches from it and publishes to it.
class HubCommand : public Command {
 public:
  HubCommand() {
    actions_.push_back(MakeLoginAction());
    actions_.push_back(MakeWhoAmIAction());
    actions_.push_back(MakeInfoAction());
    actions_.push_back(MakeListAction());
    actions_.push_back(MakeGetAction());
    actions_.push_back(MakePutAction());
    actions_.push_back(MakePushAction());
    actions_.push_back(MakeTagAction());
    actions_.push_back(MakeBranchAction());
    actions_.push_back(MakeVerifyAction());
    actions_.push_back(MakeCacheAction());
  }
  const char* name() const override { return "hub"; }
  const char* summary() const override {
    return "look at the Hugging Face Hub, fetch from it, publish to it";
  }
  void Declare(CLI::App& command) override {
    command_ = &command;
    for (const auto& action : actions_) {
      action->Declare(*command.add_subcommand(action->name(), action->summary()));
    }
    command.add_flag("--no-token", no_token_, "ask as nobody, whatever token there is");
    command.require_subcommand(0, 1);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(HubAction* const action, ChosenAction(*command_, actions_));
    SignalWatch watch;
    std::mutex mutex;
    std::function<void()> also;
    SignalWatch::Action stop(watch, [&] {
      std::lock_guard lock(mutex);
      cancel_.Cancel();
      if (also) also();
    });
    const auto on_cancel = [&](std::function<void()> hook) {
      std::lock_guard lock(mutex);
      also = std::move(hook);
      if (also && cancel_.cancelled()) also();
    };
    const hub::Lookup environment =
        no_token_ ? hub::Anonymous(hub::ProcessVariable) : hub::ProcessVariable;
    ARROW_ASSIGN_OR_RAISE(hub::Settings settings, hub::Settings::Read(environment));
    hub::Transfer transfer;
    HubCall call{globals, std::move(settings), cancel_, transfer, environment, on_cancel};
    ARROW_ASSIGN_OR_RAISE(const ActionAnswer answer, action->Run(call));
    RETURN_NOT_OK(PrintAnswer(globals, answer));
    return ExitCode::kDone;
  }

 private:
  std::vector<std::unique_ptr<HubAction>> actions_;
  CLI::App* command_ = nullptr;
  CancelToken cancel_;
  bool no_token_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeHubCommand() { return std::make_unique<HubCommand>(); }

}  // namespace tideway::app
