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
};

Line LineOf(const nlohmann::ordered_json& step) {
  constexpr size_t kMostBytes = 44;
  const std::string name = step.value("step", "");
  Line line{.step = std::string(dataset::CutText(name, kMostBytes)),
            .rows_in = WithCommas(step.value("rows_in", int64_t{0})),
            .rows_out = WithCommas(step.value("rows_out", int64_t{0}))};
  if (!step.contains("dropped")) return line;
  for (const auto& [reason, rows] : step["dropped"].items()) {
    line.dropped += fmt::format("{}{} {}", line.dropped.empty() ? "" : ", ",
                                WithCommas(rows.get<int64_t>()), reason);
  }
  return line;
}

}  // namespace

std::string StepTable(const nlohmann::ordered_json& steps) {
  if (steps.empty()) return "";
  std::vector<Line> lines{{"step", "rows in", "rows out", "dropped"}};
  for (const auto& step : steps) lines.push_back(LineOf(step));
  size_t step_width = 0, in_width = 0, out_width = 0;
  for (const Line& line : lines) {
    step_width = std::max(step_width, line.step.size());
    in_width = std::max(in_width, line.rows_in.size());
    out_width = std::max(out_width, line.rows_out.size());
  }
  std::string text;
  for (const Line& line : lines) {
    std::string row = fmt::format("  {:{}}  {:>{}}  {:>{}}  {}", line.step, step_width,
                                  line.rows_in, in_width, line.rows_out, out_width, line.dropped);
    text += row.erase(row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace tideway::app
