#include "core/app/progress.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "core/base/clock.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr const char* kClearLine = "\r\033[K";

void ClearLine() { std::fputs(kClearLine, stderr); }
void DoNothing() {}

std::string WithCommas(int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace

std::string ProgressText(const dataset::RunContext::Progress& progress,
                         std::chrono::nanoseconds elapsed) {
  if (progress.rows == 0) return "";
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 0.001);
  const auto whole = static_cast<int64_t>(seconds);
  const auto rate = static_cast<int64_t>(static_cast<double>(progress.rows) / seconds);
  return fmt::format("{}  {} rows  {} rows/s  {}:{:02}", progress.sink, WithCommas(progress.rows),
                     WithCommas(rate), whole / 60, whole % 60);
}

ProgressLine::ProgressLine(std::function<dataset::RunContext::Progress()> read)
    : read_(std::move(read)) {
  SetLogHooks(ClearLine, DoNothing);
  thread_ = std::thread(&ProgressLine::Draw, this);
}

ProgressLine::~ProgressLine() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  ClearLine();
  SetLogHooks(nullptr, nullptr);
}

void ProgressLine::Draw() {
  std::string sink;
  std::chrono::nanoseconds start{};
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kInterval, [this] { return stopping_; })) {
    const auto progress = read_();
    if (progress.sink != sink) {
      sink = progress.sink;
      start = SystemClock().Monotonic();
    }
    const std::string text = ProgressText(progress, SystemClock().Monotonic() - start);
    if (!text.empty()) fmt::print(stderr, "{}{}", kClearLine, text);
  }
}

}  // namespace tideway::app
