#include "core/app/step_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/app/report.h"
#include "core/dataset/row_error.h"

namespace tideway::app {
namespace {

struct Line {
  std::string step;
  std::string rows_in;
  std::string rows_out;
  std::string dropped = {};
  std::string changed = {};
};

// "12 null label, 3 duplicate"
std::string Counts(const nlohmann::ordered_json& step, const char* name) {
  std::string text;
  if (!step.contains(name)) return text;
  for (const auto& [what, count] : step[name].items()) {
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", WithCommas(count.get<int64_t>()), what);
  }
  return text;
}

Line LineOf(const nlohmann::ordered_json& step) {
  constexpr size_t kMostBytes = 44;
  const std::string name = step.value("step", "");
  return {.step = std::string(dataset::CutText(name, kMostBytes)),
          .rows_in = WithCommas(step.value("rows_in", int64_t{0})),
          .rows_out = WithCommas(step.value("rows_out", int64_t{0})),
          .dropped = Counts(step, "dropped"),
          .changed = Counts(step, "changed")};
}

}  // namespace

std::string StepTable(const nlohmann::ordered_json& steps) {
  if (steps.empty()) return "";
  std::vector<Line> lines{{"step", "rows in", "rows out", "dropped", ""}};
  for (const auto& step : steps) lines.push_back(LineOf(step));
  const bool any =
      std::ranges::any_of(lines, [](const Line& line) { return !line.changed.empty(); });
  if (any) lines[0].changed = "changed";
  size_t step_width = 0, in_width = 0, out_width = 0, dropped_width = 0;
  for (const Line& line : lines) {
    step_width = std::max(step_width, line.step.size());
    in_width = std::max(in_width, line.rows_in.size());
    out_width = std::max(out_width, line.rows_out.size());
    dropped_width = std::max(dropped_width, line.dropped.size());
  }
  std::string text;
  for (const Line& line : lines) {
    std::string row =
        fmt::format("  {:{}}  {:>{}}  {:>{}}  {:{}}  {}", line.step, step_width, line.rows_in,
                    in_width, line.rows_out, out_width, line.dropped, dropped_width, line.changed);
    text += row.erase(row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace tideway::app
