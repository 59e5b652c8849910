#include <CLI/CLI.hpp>
#include <charconv>

#include "core/app/queue/action.h"

namespace tideway::app {
namespace {

// "90", "90s", "15min", "12h", "7d" in seconds.
Result<double> ParseAge(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  for (const auto& [name, seconds] :
       {std::pair{"", 1.0}, {"s", 1.0}, {"min", 60.0}, {"h", 3600.0}, {"d", 86400.0}}) {
    if (error == std::errc() && unit == name && number >= 0 && number < 1e6) {
      return number * seconds;
    }
  }
  return Error(ErrorKind::kUsage, "usage: --older must be a time: " + text)
      .Hint("write 30min, 12h or 7d");
}

}  // namespace

void JobChoice::DeclareQueue(CLI::App& command) {
  command.add_option("queue", queue, "the name of a queue (default: all)")->type_name("QUEUE");
}

void JobChoice::DeclareStates(CLI::App& command, const char* meaning) {
  command.add_option("--state", states, meaning)->type_name("STATE")->allow_extra_args(false);
}

void JobChoice::DeclareOlder(CLI::App& command) {
  command.add_option("--older", older, "only those that ended as long ago: 30min, 12h, 7d")
      ->type_name("TIME");
}

Result<queue::JobFilter> JobChoice::Resolve() const {
  queue::JobFilter filter;
  filter.queue = queue;
  for (const std::string& name : states) {
    ARROW_ASSIGN_OR_RAISE(filter.states.emplace_back(), queue::ParseJobState(name));
  }
  if (!older.empty()) {
    ARROW_ASSIGN_OR_RAISE(filter.older_s, ParseAge(older));
  }
  return filter;
}

std::string TimeText(int64_t microseconds) {
  return FormatUtc(std::chrono::microseconds(microseconds), "%Y-%m-%d %H:%M:%S");
}

}  // namespace tideway::app
