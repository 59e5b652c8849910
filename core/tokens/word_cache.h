// The tokens of words that were seen lately: most words of a text come again and again. Of a fixed
// size; a word that finds its places taken replaces one.
//
//   if (!cache.Append(word, out)) {
//     ... compute the tokens of `word` ...
//     cache.Put(word, ids, count);
//
// Words up to kShortBytes of up to kShortIds tokens lie in lines of 32 bytes, longer ones, up to
// kLongBytes and kLongIds, in lines of 128. Threads: one.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/tokens/id_buffer.h"

namespace tideway::tokens {

class WordCache {
 public:
  WordCache();

  // Appends the tokens of `word`, which is not empty, to `out`, if they are here.
  bool Append(std::string_view word, IdBuffer& out) const {
    if (word.size() > kLongBytes) return false;
    if (word.size() > kShortBytes) return AppendLong(word, out);
    const ShortKey key = KeyOf(word);
    for (const ShortLine& line : short_[ShortPlace(key)].lines) {
      if (!(line.key == key)) continue;
      out.Reserve(kShortIds);
      std::memcpy(out.end(), line.ids, sizeof(line.ids));
      out.Advance(line.count);
      return line.count > 0 || AppendLong(word, out);
    }
    return false;
  }
  // Remembers what Append() did not find.
  void Put(std::string_view word, const int32_t* ids, size_t count);

  static constexpr size_t kShortBytes = 15;
  static constexpr size_t kShortIds = 3;
  static constexpr size_t kLongBytes = 47;
  static constexpr size_t kLongIds = 19;

 private:
  // The bytes, zeros behind them, and their number in the last byte.
  struct ShortKey {
    uint64_t low = 0;
    uint64_t high = 0;
    bool operator==(const ShortKey& other) const = default;
  };
  struct ShortLine {
    ShortKey key;
    int32_t ids[kShortIds];
    uint32_t count;  // 0: a word of more tokens, which lies among the long ones
  };
  struct alignas(64) ShortPair {
    ShortLine lines[2];
  };
  struct LongLine {
    char bytes[kLongBytes];
    uint8_t size;
    int32_t ids[kLongIds];
    uint32_t count;
  };

  template <typename Word>
  static uint64_t Load(const char* p) {
    Word word;
    std::memcpy(&word, p, sizeof(word));
    return word;
  }
  // By loads that overlap, none of which leaves the word.
  static ShortKey KeyOf(std::string_view word) {
    const char* p = word.data();
    const size_t size = word.size();
    ShortKey key;
    if (size >= 8) {
      key.low = Load<uint64_t>(p);
      if (size > 8) key.high = Load<uint64_t>(p + size - 8) >> (8 * (16 - size));
    } else if (size >= 4) {
      key.low = Load<uint32_t>(p) | Load<uint32_t>(p + size - 4) << (8 * (size - 4));
    } else {
      key.low = Load<uint8_t>(p) | Load<uint8_t>(p + size / 2) << (8 * (size / 2)) |
                Load<uint8_t>(p + size - 1) << (8 * (size - 1));
    }
    key.high |= uint64_t{size} << 56;
    return key;
  }
  // The upper bits of a product depend on all bits of its factor.
  static size_t ShortPlace(const ShortKey& key) {
    return (key.low * 0x9E3779B97F4A7C15u ^ key.high * 0xC2B2AE3D27D4EB4Fu) >>
           (64 - kShortPairsLog2);
  }
  size_t LongPlace(std::string_view word) const;
  bool AppendLong(std::string_view word, IdBuffer& out) const;

  static constexpr int kShortPairsLog2 = 15;
  static constexpr size_t kShortPairs = 1 << kShortPairsLog2;
  static constexpr size_t kLongLines = 1 << 13;

  std::vector<ShortPair> short_;
  std::vector<LongLine> long_;
  uint32_t next_way_ = 0;
};

}  // namespace tideway::tokens
