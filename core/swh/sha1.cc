#include "core/swh/sha1.h"

#include <openssl/evp.h>

#include <array>

#include "core/base/hex.h"

namespace tideway::swh {

constexpr size_t kDigestBytes = 20;

std::string Sha1Hex(std::string_view bytes) {
  std::array<unsigned char, kDigestBytes> digest = {};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool IsSha1(std::string_view text) { return IsHex(text, 2 * kDigestBytes); }

}  // namespace tideway::swh
