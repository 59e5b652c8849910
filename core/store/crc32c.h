// CRC-32C (Castagnoli; RFC 3720, B.4), which Google tells of every object, of composed ones alone.
//
//   Crc32c crc;
//   crc.Update("123456789");
//   crc.Finish();                     // "e3069283"
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tideway::store {

class Crc32c {
 public:
  void Update(std::string_view bytes);
  // 8 hex digits.
  std::string Finish() const;

 private:
  uint32_t rest_ = 0xffffffff;
};

}  // namespace tideway::store
