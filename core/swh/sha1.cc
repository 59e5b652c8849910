#include "core/swh/sha1.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace tideway::swh {

constexpr size_t kDigestBytes = 20;

std::string Sha1Hex(std::string_view bytes) {
  std::array<unsigned char, kDigestBytes> digest = {};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

bool IsSha1(std::string_view text) {
  return text.size() == 2 * kDigestBytes && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace tideway::swh
