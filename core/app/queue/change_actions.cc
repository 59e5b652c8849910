#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/queue/action.h"

namespace tideway::app {
namespace {

void DeclareDryRun(CLI::App& command, bool& dry_run) {
  command.add_flag("--dry-run", dry_run, "tell what would change, and change nothing");
}

class RetryAction : public QueueAction {
 public:
  const char* name() const override { return "retry"; }
  const char* summary() const override { return "make dead jobs ready again"; }
  bool reads() const override { return dry_run_; }
  void Declare(CLI::App& command) override {
    choice_.DeclareQueue(command);
    command.add_option("--id", id_, "only that job")->type_name("ID");
    choice_.DeclareOlder(command);
    DeclareDryRun(command, dry_run_);
  }
  Result<ActionAnswer> Run(queue::Store& store) override {
    ARROW_ASSIGN_OR_RAISE(queue::JobFilter filter, choice_.Resolve());
    filter.id = id_;
    ARROW_ASSIGN_OR_RAISE(const auto ids, store.Retry(filter, dry_run_));
    if (ids.empty() && !id_.empty()) {
      return Error(ErrorKind::kNotFound, "queue: no dead job that can be retried: " + id_)
          .Hint("see `tideway queue show " + id_ + "`; another job may have its key");
    }
    ActionAnswer answer{{{"retried", ids}, {"dry_run", dry_run_}}, ""};
    for (const std::string& id : ids) answer.text += id + "\n";
    answer.text +=
        fmt::format("{}{} jobs are ready again\n", dry_run_ ? "would retry: " : "", ids.size());
    return answer;
  }

 private:
  JobChoice choice_;
  std::string id_;
  bool dry_run_ = false;
};

class PurgeAction : public QueueAction {
 public:
  const char* name() const override { return "purge"; }
  const char* summary() const override { return "delete jobs that are done or cancelled"; }
  bool reads() const override { return dry_run_; }
  void Declare(CLI::App& command) override {
    choice_.DeclareQueue(command);
    choice_.DeclareStates(command, "done, cancelled or dead; may be repeated");
    choice_.DeclareOlder(command);
    DeclareDryRun(command, dry_run_);
  }
  Result<ActionAnswer> Run(queue::Store& store) override {
    ARROW_ASSIGN_OR_RAISE(const queue::JobFilter filter, choice_.Resolve());
    ARROW_ASSIGN_OR_RAISE(const int64_t jobs, store.Purge(filter, dry_run_));
    return ActionAnswer{{{"deleted", jobs}, {"dry_run", dry_run_}},
                        fmt::format("{} {} jobs\n", dry_run_ ? "would delete" : "deleted", jobs)};
  }

 private:
  JobChoice choice_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<QueueAction> MakeRetryJobsAction() { return std::make_unique<RetryAction>(); }
std::unique_ptr<QueueAction> MakePurgeJobsAction() { return std::make_unique<PurgeAction>(); }

}  // namespace tideway::app
