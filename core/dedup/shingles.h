// The shingles of a document: a hash of each run of n words, or of n characters, in it. Two
// documents are as similar as their sets of shingles: Jaccard's index, shared over all.
//
//   Shingler shingler({.unit = Unit::kWords, .ngram = 5});
//   shingler.Start(text);
//   while (shingler.Next(shingles)) ... // some more of them, in order, repeated ones too
//
// A word is a run of letters, digits and underscores; what is between words does not count, case
// does. Letters are the ASCII ones and every other character but white space, punctuation, symbols
// and private ones. A byte that is not part of valid UTF-8 is a letter too, so that texts in other
// encodings are not taken for equal. Characters are code points, or such bytes; all of them count.
//
// A document of fewer words than n has one shingle, of all of its words; one without words has none
// and is similar to nothing.
//
// A shingle is 64 bits: a polynomial modulo 2^64 of the 64-bit hashes of its words. Two documents
// with 10,000 different shingles together have two that collide with a probability of 3e-12.
//
// Threads: one per object.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/dedup/word_bits_internal.h"

namespace tideway::dedup {

enum class Unit { kWords, kCharacters };

struct ShingleOptions {
  Unit unit = Unit::kWords;
  int ngram = 5;  // 1 to 100
};

class Shingler {
 public:
  explicit Shingler(const ShingleOptions& options,
                    internal::FindWordBits find = internal::BestFindWordBits());
  // `text` must live until the last Next().
  void Start(std::string_view text);
  // Adds the next shingles, maybe none; false when there was nothing left to read. Of the order of
  // a thousand are added at a time.
  bool Next(std::vector<uint64_t>& shingles);

 private:
  static constexpr size_t kWindowBlocks = 128;
  static constexpr size_t kWindowBytes = kWindowBlocks * internal::kBlockBytes;

  // Write the hashes of the window's words behind those of the last n words before.
  size_t HashWords();
  size_t HashCharacters();
  size_t MarkWords(size_t begin, size_t end);
  void MarkWideWords(size_t begin, size_t end);
  size_t FindEdges(size_t blocks);
  uint64_t HashWord(size_t begin, size_t end) const;
  void Roll(size_t words, std::vector<uint64_t>& shingles);
  void End(std::vector<uint64_t>& shingles);

  const ShingleOptions options_;
  const size_t ngram_;
  const internal::FindWordBits find_;
  const uint64_t oldest_factor_;  // what the word that leaves a shingle was multiplied with
  std::string_view text_;
  size_t position_ = 0;    // what is before it has been read
  size_t wide_until_ = 0;  // a character reaches up to here, maybe into the next window
  bool in_word_ = false;   // at position_
  size_t word_begin_ = 0;
  size_t words_ = 0;
  uint64_t rolling_ = 0;
  std::vector<uint64_t> hashes_;  // of n words, and those of a window
  std::vector<uint64_t> bits_;
  std::vector<uint32_t> edges_;  // where in a window words begin and end, in turn
};

}  // namespace tideway::dedup
