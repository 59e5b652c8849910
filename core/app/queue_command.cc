#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/paths.h"
#include "core/app/queue/action.h"
#include "core/app/signals.h"
#include "core/queue/place.h"

namespace tideway::app {
namespace {

// Looks at queues, retries what is dead and deletes what is finished.
class QueueCommand : public Command {
 public:
  QueueCommand() {
    actions_.push_back(MakeListJobsAction());
    actions_.push_back(MakeShowJobAction());
    actions_.push_back(MakeRetryJobsAction());
    actions_.push_back(MakePurgeJobsAction());
  }
  const char* name() const override { return "queue"; }
  const char* summary() const override { return "look at queues of jobs, retry and clear them"; }
  void Declare(CLI::App& command) override {
    command_ = &command;
    for (const auto& action : actions_) {
      CLI::App* declared = command.add_subcommand(action->name(), action->summary());
      action->Declare(*declared);
      declared
          ->add_option("--database", database_,
                       "where the queues are (default TIDEWAY_QUEUE, else .tideway/state.db)")
          ->type_name("URI");
    }
    command.require_subcommand(0, 1);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(QueueAction* const action, ChosenAction(*command_, actions_));
    SignalWatch watch;
    SignalWatch::Action stop(watch, [this] { cancel_.Cancel(); });
    const std::string uri = database_.empty() ? queue::DefaultUri(StateFolder(".")) : database_;
    const auto store = queue::Store::Open(uri, {.read_only = action->reads()}, cancel_);
    if (!store.ok()) return NotOpened(store.status());
    ARROW_ASSIGN_OR_RAISE(const ActionAnswer answer, action->Run(**store));
    RETURN_NOT_OK(PrintAnswer(globals, answer));
    return ExitCode::kDone;
  }

 private:
  static Status NotOpened(const Status& status) {
    if (KindOf(status) != ErrorKind::kNotFound) return status;
    return Error(ErrorKind::kNotFound, "queue: nothing was pushed yet: " + status.message())
        .Hint(
            "go to the project's folder, or name the queues' database with --database or "
            "TIDEWAY_QUEUE");
  }

  std::vector<std::unique_ptr<QueueAction>> actions_;
  CLI::App* command_ = nullptr;
  std::string database_;
  CancelToken cancel_;
};

}  // namespace

std::unique_ptr<Command> MakeQueueCommand() { return std::make_unique<QueueCommand>(); }

}  // namespace tideway::app
