#include "core/quality/repeated.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

namespace tideway::quality {
namespace {

// Odd, so that no power of it is 0: the words' own hashes are what makes it safe.
constexpr uint64_t kFactor = 0x9E3779B97F4A7C15;

}  // namespace

Repeated CountRepeated(const std::vector<std::string_view>& parts) {
  Repeated repeated;
  std::unordered_set<std::string_view> seen;
  seen.reserve(parts.size());
  for (const std::string_view part : parts) {
    if (seen.insert(part).second) continue;
    ++repeated.parts;
    repeated.characters += CountCharacters(part);
  }
  return repeated;
}

Ngrams::Ngrams(const std::vector<Word>& words)
    : words_(words.size()), slots_(std::bit_ceil(2 * words.size() + 2)) {
  hashes_.reserve(words_);
  characters_.assign(1, 0);
  for (const Word& word : words) {
    hashes_.push_back(XXH3_64bits(word.text.data(), word.text.size()));
    characters_.push_back(characters_.back() + word.characters);
  }
}

void Ngrams::Clear() { std::ranges::fill(slots_, Slot{}); }

uint32_t Ngrams::Count(uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].count > 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  slots_[at].hash = hash;
  return ++slots_[at].count;
}

uint64_t Ngrams::HashOf(size_t begin, size_t n) const {
  uint64_t hash = 0;
  for (size_t i = begin; i < begin + n; ++i) hash = hash * kFactor + hashes_[i];
  return hash ^ (hash >> 32);
}

int64_t Ngrams::TopCharacters(size_t n) {
  if (words_ < n) return 0;
  Clear();
  uint32_t most = 0;
  for (size_t i = 0; i + n <= words_; ++i) most = std::max(most, Count(HashOf(i, n)));
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i + n <= words_; ++i) {
    const uint64_t hash = HashOf(i, n);
    size_t at = hash & mask;
    while (slots_[at].hash != hash) at = (at + 1) & mask;
    if (slots_[at].count == most) {
      return (CharactersOf(i, n) + static_cast<int64_t>(n) - 1) * most;
    }
  }
  return 0;
}

int64_t Ngrams::RepeatedCharacters(size_t n) {
  Clear();
  int64_t characters = 0;
  for (size_t i = 0; i + n <= words_;) {
    const bool is_new = Count(HashOf(i, n)) == 1;
    if (!is_new) characters += CharactersOf(i, n);
    i += is_new ? 1 : n;
  }
  return characters;
}

}  // namespace tideway::quality
