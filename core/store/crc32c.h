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

namespace internal {

// What Update() does to the rest on a machine without an instruction for it; it begins as all ones.
uint32_t CrcByTables(uint32_t rest, std::string_view bytes);

}  // namespace internal
}  // namespace tideway::store
