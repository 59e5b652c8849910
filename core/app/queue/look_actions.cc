#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/queue/action.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

// The JSON that a job holds; null where it is none.
Json Parsed(const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json() : value;
}

Json OptionalTime(const std::optional<int64_t>& time) {
  return time ? Json(TimeText(*time)) : Json();
}

Json OptionalText(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json ToJson(const queue::JobRecord& job) {
  return {{"id", job.id},
          {"queue", job.queue},
          {"name", job.name},
          {"state", queue::JobStateName(job.state)},
          {"priority", job.priority},
          {"attempts", job.attempts},
          {"key", OptionalText(job.key)},
          {"owner", OptionalText(job.owner)},
          {"error", OptionalText(job.error)},
          {"payload", Parsed(job.payload)},
          {"result", Parsed(job.result)},
          {"created", TimeText(job.created_at)},
          {"ready", TimeText(job.run_at)},
          {"started", OptionalTime(job.started_at)},
          {"finished", OptionalTime(job.finished_at)},
          {"lease_until", OptionalTime(job.lease_until)}};
}

class ListAction : public QueueAction {
 public:
  const char* name() const override { return "ls"; }
  const char* summary() const override {
    return "count the jobs of all queues, or list those of one";
  }
  bool reads() const override { return true; }
  void Declare(CLI::App& command) override {
    choice_.DeclareQueue(command);
    choice_.DeclareStates(command, "only jobs in that state; may be repeated");
    command.add_option("--limit", limit_, "at most as many, the newest first (default 20)")
        ->type_name("N");
  }

  Result<ActionAnswer> Run(queue::Store& store) override {
    if (choice_.queue.empty() && choice_.states.empty()) return Count(store);
    if (limit_ < 1) {
      return Error(ErrorKind::kUsage, fmt::format("usage: --limit must be at least 1: {}", limit_));
    }
    ARROW_ASSIGN_OR_RAISE(const queue::JobFilter filter, choice_.Resolve());
    ARROW_ASSIGN_OR_RAISE(const auto jobs, store.List(filter, limit_));
    ActionAnswer answer{{{"jobs", Json::array()}}, ""};
    for (const queue::JobRecord& job : jobs) {
      answer.json["jobs"].push_back(ToJson(job));
      answer.text +=
          fmt::format("{}  {:<9}  {}  {}{}{}\n", job.id, JobStateName(job.state),
                      TimeText(job.created_at), job.name, job.error.empty() ? "" : ": ", job.error);
    }
    return answer;
  }

 private:
  static Result<ActionAnswer> Count(queue::Store& store) {
    ARROW_ASSIGN_OR_RAISE(const auto counts, store.Counts());
    ActionAnswer answer{{{"queues", Json::object()}}, ""};
    for (const queue::QueueCount& count : counts) {
      answer.json["queues"][count.queue][std::string(JobStateName(count.state))] = count.jobs;
      answer.text +=
          fmt::format("{:<20}  {:<9}  {:>9}\n", count.queue, JobStateName(count.state), count.jobs);
    }
    return answer;
  }

  JobChoice choice_;
  int64_t limit_ = 20;
};

class ShowAction : public QueueAction {
 public:
  const char* name() const override { return "show"; }
  const char* summary() const override { return "tell all that is known of a job"; }
  bool reads() const override { return true; }
  void Declare(CLI::App& command) override {
    command.add_option("id", id_, "of the job, as push returned it")->type_name("ID")->required();
  }
  Result<ActionAnswer> Run(queue::Store& store) override {
    ARROW_ASSIGN_OR_RAISE(const auto found, store.Find(id_));
    if (!found) {
      return Error(ErrorKind::kNotFound, fmt::format("queue: no job {} in {}", id_, store.uri()))
          .Hint("`tideway queue ls QUEUE` lists them; finished ones may have been purged");
    }
    ActionAnswer answer{ToJson(*found), ""};
    for (const auto& [field, value] : answer.json.items()) {
      if (value.is_null()) continue;
      answer.text += fmt::format("{:<11}  {}\n", field,
                                 value.is_string() ? value.get<std::string>() : value.dump());
    }
    return answer;
  }

 private:
  std::string id_;
};

}  // namespace

std::unique_ptr<QueueAction> MakeListJobsAction() { return std::make_unique<ListAction>(); }
std::unique_ptr<QueueAction> MakeShowJobAction() { return std::make_unique<ShowAction>(); }

}  // namespace tideway::app
