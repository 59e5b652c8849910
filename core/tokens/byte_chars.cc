#include "core/tokens/byte_chars.h"

#include <array>

#include "core/tokens/utf8_step.h"

namespace tideway::tokens {
namespace {

constexpr uint32_t kFirstOther = 0x100;
constexpr uint32_t kNone = 256;

constexpr bool IsVisible(uint32_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<uint16_t, 256> kChars = [] {
  std::array<uint16_t, 256> chars{};
  uint32_t other = kFirstOther;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    chars[byte] = static_cast<uint16_t>(IsVisible(byte) ? byte : other++);
  }
  return chars;
}();

constexpr std::array<uint16_t, 512> kBytes = [] {
  std::array<uint16_t, 512> bytes{};
  bytes.fill(kNone);
  for (uint16_t byte = 0; byte < 256; ++byte) bytes[kChars[byte]] = byte;
  return bytes;
}();

}  // namespace

std::string ByteChars(std::string_view bytes) {
  std::string chars;
  for (const char byte : bytes) AppendUtf8(kChars[static_cast<uint8_t>(byte)], chars);
  return chars;
}

std::optional<std::string> BytesOfChars(std::string_view chars) {
  std::string bytes;
  for (const char* p = chars.data(); p < chars.data() + chars.size();) {
    const Utf8Char c = Utf8At(p);
    if (c.code >= kBytes.size() || kBytes[c.code] == kNone) return std::nullopt;
    bytes += static_cast<char>(kBytes[c.code]);
    p += c.size;
  }
  return bytes;
}

}  // namespace tideway::tokens
