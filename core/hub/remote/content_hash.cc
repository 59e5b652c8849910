#include "core/hub/remote/content_hash.h"

#include <utility>

namespace tideway::hub {
namespace {

Hasher HasherFor(const std::string& expected, int64_t size) {
  constexpr size_t kSha1Digits = 40;
  if (expected.size() == kSha1Digits) return GitBlob(size);
  return Sha256();
}

}  // namespace

ContentHash::ContentHash(std::string expected, int64_t size)
    : expected_(std::move(expected)), size_(size), hasher_(HasherFor(expected_, size)) {}

void ContentHash::Restart() { hasher_ = HasherFor(expected_, size_); }

}  // namespace tideway::hub
