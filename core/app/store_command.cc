#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/signals.h"
#include "core/app/store/action.h"

namespace tideway::app {
namespace {

// Looks at object stores, fetches from them, sends to them.
class StoreCommand : public Command {
 public:
  StoreCommand() {
    actions_.push_back(MakeListObjectsAction());
    actions_.push_back(MakeStatObjectAction());
    actions_.push_back(MakeGetObjectsAction());
    actions_.push_back(MakePutObjectsAction());
    actions_.push_back(MakeCopyObjectAction());
    actions_.push_back(MakeRemoveObjectsAction());
    actions_.push_back(MakePresignAction());
    actions_.push_back(MakeBucketAction());
  }
  const char* name() const override { return "store"; }
  const char* summary() const override { return "list, fetch and send objects of s3:// and gs://"; }
  void Declare(CLI::App& command) override {
    command_ = &command;
    for (const auto& action : actions_) {
      CLI::App& own = *command.add_subcommand(action->name(), action->summary());
      action->Declare(own);
      DeclareServer(own);
    }
    command.require_subcommand(0, 1);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(StoreAction* const action, ChosenAction(*command_, actions_));
    SignalWatch watch;
    CancelToken cancel;
    SignalWatch::Action stop(watch, [&cancel] { cancel.Cancel(); });
    hub::Transfer transfer;
    StoreCall call{globals, options_, cancel, transfer};
    ARROW_ASSIGN_OR_RAISE(const ActionAnswer answer, action->Run(call));
    RETURN_NOT_OK(PrintAnswer(globals, answer));
    return ExitCode::kDone;
  }

 private:
  // As `tw.store.open` takes it; keys come from the environment only.
  void DeclareServer(CLI::App& command) {
    command.add_option("--endpoint", options_.endpoint, "a server that is not AWS's or Google's")
        ->type_name("URL");
    command.add_option("--region", options_.region, "of the bucket, where its answers do not tell")
        ->type_name("REGION");
    command.add_option("--profile", options_.profile, "of ~/.aws")->type_name("NAME");
    command.add_option("--project", options_.project, "of buckets that are made in Google's store")
        ->type_name("PROJECT");
    command.add_flag("--anonymous", options_.anonymous, "ask as nobody, whatever keys there are");
    command
        .add_option("--spend-limit", options_.spend_limit_usd,
                    "ask where the reader pays, up to so much in all runs")
        ->type_name("USD")
        ->each([this](const std::string&) { options_.requester_pays = true; });
  }

  std::vector<std::unique_ptr<StoreAction>> actions_;
  CLI::App* command_ = nullptr;
  store::OpenOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeStoreCommand() { return std::make_unique<StoreCommand>(); }

}  // namespace tideway::app
