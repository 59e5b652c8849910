#include "core/hub/remote/unfinished_name.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>

#include "core/base/owner.h"

namespace tideway::hub {

std::string UnfinishedName(const std::string& path) {
  static std::atomic<uint64_t> next{0};
  return fmt::format("{}.{}.{}{}", path, next++, OwnerMark(), kUnfinished);
}

}  // namespace tideway::hub
