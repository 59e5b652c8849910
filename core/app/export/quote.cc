#include "core/app/export/quote.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway::app {
namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+=";

bool IsPlain(std::string_view value) {
  return !value.empty() && value.find_first_not_of(kPlain) == value.npos;
}

// The value for an error, without what would break its line.
std::string Shown(std::string_view value) {
  std::string shown(value);
  std::ranges::replace_if(shown, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return shown;
}

Status CheckControl(std::string_view what, std::string_view value) {
  const bool is_clean =
      std::ranges::none_of(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (is_clean) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("export: {} must have no line break and no other "
                                              "control character: {}",
                                              what, Shown(value)));
}

}  // namespace

Result<std::string> BashWord(std::string_view what, std::string_view value) {
  RETURN_NOT_OK(CheckControl(what, value));
  if (IsPlain(value)) return std::string(value);
  std::string word = "'";
  for (const char c : value) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

Result<std::string> SbatchValue(std::string_view what, std::string_view value) {
  RETURN_NOT_OK(CheckControl(what, value));
  if (value.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("export: {} must not be empty", what));
  }
  if (value.find_first_of("'\"\\") != value.npos) {
    return Error(ErrorKind::kUsage,
                 fmt::format("export: {} must have no quote and no backslash: {}", what, value));
  }
  return IsPlain(value) ? std::string(value) : fmt::format("\"{}\"", value);
}

}  // namespace tideway::app
