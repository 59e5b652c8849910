#include "core/sql/postgres/text_forms.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstdlib>

#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

std::string Hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

Result<std::string> UuidText(std::string_view bytes) {
  if (bytes.size() != 16) return Malformed();
  std::string text = Hex(bytes);
  for (size_t position : {8, 13, 18, 23}) text.insert(position, 1, '-');
  return text;
}

Result<std::string> InetText(std::string_view bytes) {
  WireReader reader(bytes);
  uint8_t family = 0;
  uint8_t bits = 0;
  uint8_t is_cidr = 0;
  uint8_t size = 0;
  std::string_view address;
  if (!reader.Take(&family) || !reader.Take(&bits) || !reader.Take(&is_cidr) ||
      !reader.Take(&size) || !reader.Take(size, &address) || (size != 4 && size != 16)) {
    return Malformed();
  }
  char text[INET6_ADDRSTRLEN];
  inet_ntop(size == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  const bool whole = bits == size * 8;
  return whole && is_cidr == 0 ? std::string(text) : fmt::format("{}/{}", text, bits);
}

Result<std::string> MacText(std::string_view bytes) {
  if (bytes.size() != 6) return Malformed();
  std::string text = Hex(bytes);
  for (size_t position : {2, 5, 8, 11, 14}) text.insert(position, 1, ':');
  return text;
}

Result<std::string> TimeTzText(std::string_view bytes) {
  WireReader reader(bytes);
  int64_t micros = 0;
  int32_t west_s = 0;
  if (!reader.Take(&micros) || !reader.Take(&west_s)) return Malformed();
  const int64_t seconds = micros / 1000000;
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (micros % 1000000 != 0) {
    text += fmt::format(".{:06}", micros % 1000000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  const int offset_s = std::abs(west_s);
  text += fmt::format("{}{:02}", west_s > 0 ? '-' : '+', offset_s / 3600);
  if (offset_s % 3600 != 0) text += fmt::format(":{:02}", offset_s / 60 % 60);
  if (offset_s % 60 != 0) text += fmt::format(":{:02}", offset_s % 60);
  return text;
}

}  // namespace tideway::sql::postgres
