#include "core/dedup/shingles.h"

#include <algorithm>
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

// The first `size` bytes of a word of eight, at most eight.
uint64_t FirstBytes(uint64_t bytes, size_t size) {
  return size >= 8 ? bytes : bytes & ((uint64_t{1} << (8 * size)) - 1);
}

uint64_t HashShort(const char* bytes, size_t size) {
  uint64_t halves[2];
  std::memcpy(halves, bytes, sizeof halves);
  const uint64_t low = FirstBytes(halves[0], size);
  const uint64_t high = size <= 8 ? 0 : FirstBytes(halves[1], size - 8);
  return FoldedProduct(low ^ kKey, high ^ (kFactor + size));
}

}  // namespace

Shingler::Shingler(const ShingleOptions& options, internal::FindWordBits find)
    : options_(options),
      find_(find),
      oldest_factor_(Power(kFactor, options.ngram)),
      recent_(static_cast<size_t>(options.ngram)),
      bits_(kWindowBlocks),
      edges_(kWindowBytes + 1) {}

void Shingler::Start(std::string_view text) {
  text_ = text;
  position_ = 0;
  wide_until_ = 0;
  in_word_ = false;
  words_ = 0;
  rolling_ = 0;
  oldest_ = 0;
  std::ranges::fill(recent_, 0);
}

bool Shingler::Next(std::vector<uint64_t>& shingles) {
  if (position_ >= text_.size()) return false;
  if (options_.unit == Unit::kWords) {
    AddWords(shingles);
  } else {
    AddCharacters(shingles);
  }
  if (position_ == text_.size()) End(shingles);
  return true;
}

void Shingler::AddWords(std::vector<uint64_t>& shingles) {
  const size_t begin = position_;
  const size_t end = std::min(begin + kWindowBytes, text_.size());
  const size_t edges = FindEdges(MarkWords(begin, end), begin);
  for (size_t i = 0; i < edges; ++i) {
    if (in_word_) {
      Add(HashWord(word_begin_, edges_[i]), shingles);
    } else {
      word_begin_ = edges_[i];
    }
    in_word_ = !in_word_;
  }
  position_ = end;
}

void Shingler::AddCharacters(std::vector<uint64_t>& shingles) {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data());
  const size_t end = std::min(position_ + kWindowBytes / 8, text_.size());
  while (position_ < end) {
    const auto character = internal::CharacterAt(data + position_, data + text_.size());
    Add(FoldedProduct(character.code_point ^ kKey, kFactor), shingles);
    position_ += character.bytes;
  }
}

// Returns how many blocks it has marked.
size_t Shingler::MarkWords(size_t begin, size_t end) {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data()) + begin;
  const size_t whole = (end - begin) / kBlockBytes;
  bool wide = find_(data, whole, bits_.data());
  size_t blocks = whole;
  if (const size_t rest = (end - begin) % kBlockBytes; rest > 0) {
    uint8_t tail[kBlockBytes] = {};
    std::memcpy(tail, data + whole * kBlockBytes, rest);
    wide = find_(tail, 1, bits_.data() + whole) || wide;
    ++blocks;
  }
  if (wide) MarkWideWords(begin, end);
  return blocks;
}

void Shingler::MarkWideWords(size_t begin, size_t end) {
  const auto* data = reinterpret_cast<const uint8_t*>(text_.data());
  // A word character that began in the window before may reach into this one.
  size_t at = begin;
  const auto mark = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      bits_[(i - begin) / kBlockBytes] |= uint64_t{1} << ((i - begin) % kBlockBytes);
    }
  };
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

size_t Shingler::FindEdges(size_t blocks, size_t begin) {
  uint64_t before = in_word_ ? 1 : 0;
  size_t* edge = edges_.data();
  for (size_t block = 0; block < blocks; ++block) {
    const uint64_t bits = bits_[block];
    uint64_t changes = bits ^ (bits << 1 | before);
    before = bits >> 63;
    const size_t first = begin + block * kBlockBytes;
    for (; changes != 0; changes &= changes - 1) {
      *edge++ = first + static_cast<size_t>(std::countr_zero(changes));
    }
  }
  return static_cast<size_t>(edge - edges_.data());
}

uint64_t Shingler::HashWord(size_t begin, size_t end) const {
  const size_t size = end - begin;
  if (size > kShortWord) return Hash64(text_.substr(begin, size), kKey);
  if (begin + kShortWord <= text_.size()) return HashShort(text_.data() + begin, size);
  char word[kShortWord] = {};
  std::memcpy(word, text_.data() + begin, size);
  return HashShort(word, size);
}

inline void Shingler::Add(uint64_t hash, std::vector<uint64_t>& shingles) {
  rolling_ = rolling_ * kFactor + (hash - recent_[oldest_] * oldest_factor_);
  recent_[oldest_] = hash;
  if (++oldest_ == recent_.size()) oldest_ = 0;
  if (++words_ >= recent_.size()) shingles.push_back(rolling_);
}

void Shingler::End(std::vector<uint64_t>& shingles) {
  if (in_word_) {
    in_word_ = false;
    Add(HashWord(word_begin_, text_.size()), shingles);
  }
  if (words_ > 0 && words_ < recent_.size()) shingles.push_back(Mix64(rolling_, words_));
}

}  // namespace tideway::dedup
