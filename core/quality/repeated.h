// What of a text is there more than once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/quality/words.h"

namespace tideway::quality {

struct Repeated {
  int64_t parts = 0;       // that are equal to an earlier one
  int64_t characters = 0;  // in them
};
Repeated CountRepeated(const std::vector<std::string_view>& parts);

// Runs of n words of one text, told apart by hashes of 64 bits.
class Ngrams {
 public:
  explicit Ngrams(const std::vector<Word>& words);

  // Characters of the most frequent run of n words, times how often it is there; each has n - 1
  // spaces. Of equally frequent ones the first. 0 where there are fewer words.
  int64_t TopCharacters(size_t n);
  // Characters in runs that are equal to an earlier one, without spaces. What is counted is passed
  // over.
  int64_t RepeatedCharacters(size_t n);

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t count = 0;  // 0: empty
  };
  void Clear();
  // How often it was there, with this one.
  uint32_t Count(uint64_t hash);
  uint64_t HashOf(size_t begin, size_t n) const;
  int64_t CharactersOf(size_t begin, size_t n) const {
    return characters_[begin + n] - characters_[begin];
  }

  const size_t words_;
  std::vector<uint64_t> hashes_;     // of each word
  std::vector<int64_t> characters_;  // before each word
  std::vector<Slot> slots_;
};

}  // namespace tideway::quality
