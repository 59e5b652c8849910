#include "core/tokens/word_cache.h"

#include <algorithm>

#include "core/base/hash.h"

namespace tideway::tokens {

WordCache::WordCache() : short_(kShortPairs), long_(kLongLines) {
  static_assert(sizeof(ShortLine) == 32 && sizeof(LongLine) == 128);
}

size_t WordCache::LongPlace(std::string_view word) const { return Hash64(word) & (kLongLines - 1); }

bool WordCache::AppendLong(std::string_view word, IdBuffer& out) const {
  const LongLine& line = long_[LongPlace(word)];
  if (line.size != word.size() || std::memcmp(line.bytes, word.data(), word.size()) != 0) {
    return false;
  }
  out.Reserve(kLongIds);
  std::memcpy(out.end(), line.ids, sizeof(line.ids));
  out.Advance(line.count);
  return true;
}

void WordCache::Put(std::string_view word, const int32_t* ids, size_t count) {
  if (word.size() > kLongBytes || count > kLongIds || count == 0) return;
  if (word.size() <= kShortBytes) {
    const ShortKey key = KeyOf(word);
    ShortLine* pair = short_[ShortPlace(key)].lines;
    // The place of this word, if it was here, or a free one; else of the two in turn.
    ShortLine* line = &pair[next_way_++ & 1];
    for (int way = 1; way >= 0; --way) {
      if (pair[way].key == key || pair[way].key == ShortKey()) line = &pair[way];
    }
    line->key = key;
    line->count = count <= kShortIds ? static_cast<uint32_t>(count) : 0;
    std::copy_n(ids, line->count, line->ids);
    if (line->count > 0) return;
  }
  LongLine& line = long_[LongPlace(word)];
  std::copy_n(word.data(), word.size(), line.bytes);
  line.size = static_cast<uint8_t>(word.size());
  std::copy_n(ids, count, line.ids);
  line.count = static_cast<uint32_t>(count);
}

}  // namespace tideway::tokens
