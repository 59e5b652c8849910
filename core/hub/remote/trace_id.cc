#include "core/hub/remote/trace_id.h"

#include <fmt/format.h>

#include <cstdint>
#include <random>

namespace tideway::hub {

std::string NewTraceId() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  const uint64_t high = (generator() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (generator() >> 2) | (uint64_t{1} << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace tideway::hub
