#include "core/app/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"

namespace tideway::app {
namespace {

using Stages = std::vector<ShownStage>;

// From the first of the lines that were drawn, where the cursor is left.
constexpr const char* kClearLines = "\r\033[J";

void ClearLines() { std::fputs(kClearLines, stderr); }
void DoNothing() {}

std::chrono::milliseconds IntervalOf(ProgressLines::Style style) {
  using namespace std::chrono_literals;
  switch (style) {
    case ProgressLines::Style::kTerminal:
      return 100ms;
    case ProgressLines::Style::kJson:
      return 1s;
    case ProgressLines::Style::kLog:
      break;
  }
  return 30s;
}

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double PerSecond(int64_t count, const ShownStage& stage) {
  const double seconds = Seconds(stage.elapsed);
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

bool MovesFiles(const ShownStage& stage) { return stage.all_files > 0 || stage.bytes > 0; }

// "  3 of 12 files  1.2 GiB  34.0 MiB/s"
std::string FilesText(const ShownStage& stage) {
  std::string text;
  if (stage.all_files > 0) {
    text += fmt::format("  {} of {} files", WithCommas(stage.files), WithCommas(stage.all_files));
  }
  if (stage.bytes <= 0) return text;
  const auto rate = static_cast<int64_t>(PerSecond(stage.bytes, stage));
  return text + fmt::format("  {}  {}/s", FormatBytes(stage.bytes), FormatBytes(rate));
}

std::optional<double> SecondsLeft(const ShownStage& stage) {
  constexpr double kLeastShare = 0.01, kLeastSeconds = 1;
  if (!stage.share || *stage.share < kLeastShare) return std::nullopt;
  const double seconds = Seconds(stage.elapsed);
  if (seconds < kLeastSeconds) return std::nullopt;
  return seconds * (1 - *stage.share) / *stage.share;
}

std::string MinutesText(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string ProgressText(const ShownStage& stage, size_t name_width) {
  std::string text = fmt::format("{:{}}", stage.name, name_width);
  if (stage.rows > 0) text += fmt::format("  {} rows", WithCommas(stage.rows));
  if (const double rate = PerSecond(stage.rows, stage); rate >= 1) {
    text += fmt::format("  {} rows/s", WithCommas(static_cast<int64_t>(rate)));
  }
  if (MovesFiles(stage)) text += FilesText(stage);
  if (stage.share) text += fmt::format("  {} %", static_cast<int>(*stage.share * 100));
  text += "  " + MinutesText(Seconds(stage.elapsed));
  if (const auto left = SecondsLeft(stage)) text += ", " + MinutesText(*left) + " left";
  return text;
}

nlohmann::ordered_json ProgressJson(const ShownStage& stage) {
  nlohmann::ordered_json event = {{"event", "progress"},
                                  {"step", stage.name},
                                  {"rows", stage.rows},
                                  {"rows_per_s", PerSecond(stage.rows, stage)}};
  if (MovesFiles(stage)) {
    event["files"] = stage.files;
    event["all_files"] = stage.all_files;
    event["bytes"] = stage.bytes;
    event["bytes_per_s"] = PerSecond(stage.bytes, stage);
  }
  if (stage.share) event["share"] = *stage.share;
  event["elapsed_s"] = Seconds(stage.elapsed);
  if (const auto left = SecondsLeft(stage)) event["left_s"] = *left;
  return event;
}

ProgressLines::ProgressLines(Style style, std::function<Stages()> read)
    : style_(style), read_(std::move(read)) {
  if (style_ == Style::kTerminal) SetLogHooks(ClearLines, DoNothing);
  thread_ = std::thread(&ProgressLines::Loop, this);
}

ProgressLines::~ProgressLines() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  if (style_ != Style::kTerminal) return;
  ClearLines();
  SetLogHooks(nullptr, nullptr);
}

ProgressLines::Style ProgressStyle(const Globals& globals) {
  if (globals.json) return ProgressLines::Style::kJson;
  return StderrIsTerminal() ? ProgressLines::Style::kTerminal : ProgressLines::Style::kLog;
}

void ProgressLines::Loop() {
  const auto start = SystemClock().Monotonic();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, IntervalOf(style_), [this] { return stopping_; })) {
    Stages stages = read_();
    // A query that has not answered, a file that is being hashed: the run is alive.
    if (stages.empty()) {
      const auto elapsed = SystemClock().Monotonic() - start;
      stages.emplace_back(dataset::StageProgress{.name = "running", .elapsed = elapsed});
    }
    Show(stages);
  }
}

void ProgressLines::Show(const Stages& stages) const {
  switch (style_) {
    case Style::kTerminal:
      return Draw(stages);
    case Style::kJson:
      for (const auto& stage : stages)
        fmt::print(stderr, "{}\n", DumpJson(ProgressJson(stage), -1));
      return;
    case Style::kLog:
      for (const auto& stage : stages) LogInfo("{}", ProgressText(stage, 0));
  }
}

void ProgressLines::Draw(const Stages& stages) const {
  size_t name_width = 0;
  for (const auto& stage : stages) name_width = std::max(name_width, stage.name.size());
  const size_t columns = TerminalColumns();
  std::string text = kClearLines;
  for (const auto& stage : stages) {
    text += ProgressText(stage, name_width).substr(0, columns - 1) + "\n";
  }
  // Back to the first of them.
  text += fmt::format("\033[{}A", stages.size());
  std::fputs(text.c_str(), stderr);
}

}  // namespace tideway::app
