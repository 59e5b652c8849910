#include "core/base/memory.h"

#include <arrow/memory_pool.h>
#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace tideway {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr Unit kUnits[] = {
    {"", 1},
    {"b", 1},
    {"kb", 1e3},
    {"mb", 1e6},
    {"gb", 1e9},
    {"tb", 1e12},
    {"kib", 1024},
    {"mib", 1024 * 1024},
    {"gib", 1073741824.0},
    {"tib", 1099511627776.0},
};

Status BadSize(std::string_view text) {
  return Error(ErrorKind::kUsage, fmt::format("not a size: `{}`", text))
      .Hint("write a number and a unit, such as 512MiB or 2GB");
}

}  // namespace

bool MemoryBudget::TryReserve(int64_t bytes) {
  int64_t reserved = reserved_bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_bytes_ - reserved) return false;
  } while (!reserved_bytes_.compare_exchange_weak(reserved, reserved + bytes,
                                                  std::memory_order_relaxed));
  return true;
}

void MemoryBudget::Release(int64_t bytes) {
  reserved_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

void ChooseArrowAllocator() {
  for (const std::string& name : arrow::SupportedMemoryBackendNames()) {
    if (name == "jemalloc") ::setenv("ARROW_DEFAULT_MEMORY_POOL", "jemalloc", 0);
  }
}

Result<int64_t> ParseBytes(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string number(text.substr(0, digits));
  std::string unit;
  for (char c : digits == text.npos ? std::string_view() : text.substr(digits)) {
    if (c != ' ' || !unit.empty()) unit += static_cast<char>(std::tolower(c));
  }
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || end != number.c_str() + number.size()) return BadSize(text);
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    const double bytes = std::round(value * known.bytes);
    if (bytes >= static_cast<double>(std::numeric_limits<int64_t>::max())) return BadSize(text);
    return static_cast<int64_t>(bytes);
  }
  return BadSize(text);
}

std::string FormatBytes(int64_t bytes) {
  if (std::abs(bytes) < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  for (value /= 1024; std::abs(value) >= 1023.95 && unit + 1 < std::size(names); ++unit) {
    value /= 1024;
  }
  return fmt::format("{:.1f} {}", value, names[unit]);
}

}  // namespace tideway
