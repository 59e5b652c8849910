#include "core/limiter/rate.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tideway::limiter {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 10> kUnits{{{"ms", 1e-3},
                                                                      {"s", 1},
                                                                      {"second", 1},
                                                                      {"min", 60},
                                                                      {"minute", 60},
                                                                      {"h", 3600},
                                                                      {"hour", 3600},
                                                                      {"d", 86400},
                                                                      {"day", 86400},
                                                                      {"sec", 1}}};

Error Refused(std::string_view text, std::string_view why) {
  return Error(ErrorKind::kUsage, fmt::format("limiter: {}: {}", why, text))
      .Hint("write a rate such as \"2/s\" or \"500/5min, burst 20\"");
}

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::optional<double> TakeNumber(std::string_view& text) {
  SkipSpaces(text);
  double number = 0;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  SkipSpaces(text);
  return number;
}

std::optional<double> TakeUnit(std::string_view& text) {
  size_t size = 0;
  while (size < text.size() && text[size] >= 'a' && text[size] <= 'z') ++size;
  const std::string_view word = text.substr(0, size);
  for (const auto& [name, seconds] : kUnits) {
    if (word != name) continue;
    text.remove_prefix(size);
    SkipSpaces(text);
    return seconds;
  }
  return std::nullopt;
}

bool TakeWord(std::string_view& text, std::string_view word) {
  SkipSpaces(text);
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

Result<Rate> Rate::Parse(std::string_view text) {
  constexpr double kMostPerSecond = 1e6, kLeastPerSecond = 1e-7, kMostBurst = 1e9;
  std::string_view rest = text;
  const auto count = TakeNumber(rest);
  if (!count || !TakeWord(rest, "/")) return Refused(text, "not a rate");
  const double times = TakeNumber(rest).value_or(1);
  const auto unit = TakeUnit(rest);
  if (!unit) return Refused(text, "not a rate");
  Rate rate{.per_s = *count / (times * *unit)};
  if (!(rate.per_s >= kLeastPerSecond && rate.per_s <= kMostPerSecond)) {
    return Refused(text, "a rate must be from one in four months to a million a second");
  }
  if (rest.empty()) return rate;
  if (!TakeWord(rest, ",") || !TakeWord(rest, "burst")) return Refused(text, "not a rate");
  const auto burst = TakeNumber(rest);
  if (!burst || !rest.empty()) return Refused(text, "not a rate");
  rate.burst = static_cast<int64_t>(std::min(*burst, kMostBurst));
  if (rate.burst < 1 || static_cast<double>(rate.burst) != *burst) {
    return Refused(text, "a burst must be a whole number from 1 to a thousand million");
  }
  if (static_cast<double>(rate.burst) / rate.per_s > kLongestBurst_s) {
    return Refused(text, "a burst must be one that comes back within a year");
  }
  return rate;
}

}  // namespace tideway::limiter
