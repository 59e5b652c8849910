#include "core/dedup/shingles.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/base/hash.h"

namespace tideway::dedup {
namespace {

using internal::kBlockBytes;

constexpr uint64_t kFactor = 0x9e3779b97f4a7c15ULL;
constexpr uint64_t kKey = 0xd1b54a32d192ed03ULL;
constexpr size_t kShortWord = 16;

uint64_t Power(uint64_t factor, int exponent) {
  uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= factor;
  return power;
}

__extension__ using Wide = unsigned __int128;

uint64_t FoldedProduct(uint64_t a, uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Masks of the first bytes of eight, by how many they are.
constexpr std::array<uint64_t, 9> kFirstBytes = [] {
  std::array<uint64_t, 9> masks{};
  for (size_t i = 0; i < 8; ++i) masks[i] = (uint64_t{1} << (8 * i)) - 1;
  masks[8] = ~uint64_t{0};
  return masks;
}();

// Of `size` bytes, at most 16, while 16 can be read.
inline uint64_t HashShort(const char* bytes, size_t size) {
  uint64_t halves[2];
  std::memcpy(halves, bytes, sizeof halves);
  const size_t in_low = std::min<size_t>(size, 8);
  const uint64_t low = halves[0] & kFirstBytes[in_low];
  const uint64_t high = halves[1] & kFirstBytes[size - in_low];
  return FoldedProduct(low ^ kKey, high ^ (kFactor + size));
}

}  // namespace

Shingler::Shingler(const ShingleOptions& options, internal::FindWordBits find)
    : options_(options),
      ngram_(static_cast<size_t>(options.ngram)),
      find_(find),
      oldest_factor_(Power(kFactor, options.ngram)),
      hashes_(ngram_ + kWindowBytes),
      bits_(kWindowBlocks),
      edges_(kWindowBytes + 1) {}

void Shingler::Start(std::string_view text) {
  text_ = text;
  position_ = 0;
  wide_until_ = 0;
  in_word_ = false;
  words_ = 0;
  rolling_ = 0;
  std::fill_n(hashes_.begin(), ngram_, 0);
}

bool Shingler::Next(std::vector<uint64_t>& shingles) {
  if (position_ >= text_.size()) return false;
  Roll(options_.unit == Unit::kWords ? HashWords() : HashCharacters(), shingles);
  if (position_ == text_.size()) End(shingles);
  return true;
}

size_t Shingler::HashWords() {
  const size_t begin = position_;
  position_ = std::min(begin + kWindowBytes, text_.size());
  const size_t edges = FindEdges(MarkWords(begin, position_));
  uint64_t* hash = hashes_.data() + ngram_;
  size_t i = 0;
  if (in_word_ && edges > 0) *hash++ = HashWord(word_begin_, begin + edges_[i++]);
  for (; i + 1 < edges; i += 2) *hash++ = HashWord(begin + edges_[i], begin + edges_[i + 1]);
  if (edges > 0) in_word_ = i < edges;
  if (i < edges) word_begin_ = begin + edges_[i];
  return static_cast<size_t>(hash - hashes_.data()) - ngram_;
}

size_t Shingler::HashCharacters() {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data());
  const size_t end = std::min(position_ + kWindowBytes / 4, text_.size());
  size_t count = 0;
  while (position_ < end) {
    const auto character = internal::CharacterAt(data + position_, data + text_.size());
    hashes_[ngram_ + count++] = FoldedProduct(character.code_point ^ kKey, kFactor);
    position_ += character.bytes;
  }
  return count;
}

// Returns how many blocks it has marked.
size_t Shingler::MarkWords(size_t begin, size_t end) {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data()) + begin;
  const size_t whole = (end - begin) / kBlockBytes;
  bool wide = find_(data, whole, bits_.data());
  const size_t rest = (end - begin) % kBlockBytes;
  if (rest > 0) {
    uint8_t tail[kBlockBytes] = {};
    std::memcpy(tail, data + whole * kBlockBytes, rest);
    wide = find_(tail, 1, bits_.data() + whole) || wide;
  }
  if (wide) MarkWideWords(begin, end);
  return rest > 0 ? whole + 1 : whole;
}

void Shingler::MarkWideWords(size_t begin, size_t end) {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data());
  const auto mark = [&](size_t from, size_t to) {
    for (size_t i = from - begin; i < to - begin; ++i) {
      bits_[i / kBlockBytes] |= uint64_t{1} << (i % kBlockBytes);
    }
  };
  size_t at = begin;
  if (wide_until_ > begin) {
    if (in_word_) mark(begin, std::min(wide_until_, end));
    at = wide_until_;
  }
  while (at < end) {
    if (data[at] < 0x80) {
      ++at;
      continue;
    }
    const auto character = internal::CharacterAt(data + at, data + text_.size());
    const size_t after = at + character.bytes;
    if (internal::IsWordCharacter(character.code_point)) mark(at, std::min(after, end));
    at = after;
  }
  wide_until_ = at;
}

size_t Shingler::FindEdges(size_t blocks) {
  uint64_t before = in_word_ ? 1 : 0;
  uint32_t* edge = edges_.data();
  for (size_t block = 0; block < blocks; ++block) {
    const uint64_t bits = bits_[block];
    uint64_t changes = bits ^ (bits << 1 | before);
    before = bits >> 63;
    const auto first = static_cast<uint32_t>(block * kBlockBytes);
    for (; changes != 0; changes &= changes - 1) {
      *edge++ = first + static_cast<uint32_t>(std::countr_zero(changes));
    }
  }
  return static_cast<size_t>(edge - edges_.data());
}

inline uint64_t Shingler::HashWord(size_t begin, size_t end) const {
  const size_t size = end - begin;
  if (size > kShortWord) return Hash64(text_.substr(begin, size), kKey);
  if (begin + kShortWord <= text_.size()) return HashShort(text_.data() + begin, size);
  char word[kShortWord] = {};
  std::memcpy(word, text_.data() + begin, size);
  return HashShort(word, size);
}

void Shingler::Roll(size_t words, std::vector<uint64_t>& shingles) {
  uint64_t rolling = rolling_;
  const uint64_t* hash = hashes_.data();
  const auto roll = [&] {
    rolling = rolling * kFactor + (hash[ngram_] - *hash * oldest_factor_);
    ++hash;
    return rolling;
  };
  const size_t silent = words_ + 1 < ngram_ ? std::min(words, ngram_ - 1 - words_) : 0;
  for (size_t i = 0; i < silent; ++i) roll();
  const size_t before = shingles.size();
  shingles.resize(before + words - silent);
  for (uint64_t* at = shingles.data() + before; at != shingles.data() + shingles.size(); ++at) {
    *at = roll();
  }
  rolling_ = rolling;
  words_ += words;
  std::copy_n(hash, ngram_, hashes_.begin());
}

void Shingler::End(std::vector<uint64_t>& shingles) {
  if (in_word_) {
    in_word_ = false;
    hashes_[ngram_] = HashWord(word_begin_, text_.size());
    Roll(1, shingles);
  }
  if (words_ > 0 && words_ < ngram_) shingles.push_back(Mix64(rolling_, words_));
}

}  // namespace tideway::dedup
