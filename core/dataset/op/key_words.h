// Keys of one column of numbers, dates or times as one word a row, read where they lie: equal where
// the keys of row_key.h are, and cheaper to hash and to compare.
//
//   if (HasKeyWords(*column.type())) {
//     const KeyWords words(column);
//     ... column.IsNull(row) ? ... : HashOfWord(words[row]) ...
//   }
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <cstring>

#include "core/dataset/op/sortable_bits.h"

namespace tideway::dataset {

// Numbers of a fixed width of up to eight bytes, but for half floats.
bool HasKeyWords(const arrow::DataType& type);

inline uint64_t HashOfWord(uint64_t word) {
  word = (word ^ (word >> 32)) * 0xbf58476d1ce4e5b9ULL;
  word = (word ^ (word >> 32)) * 0x94d049bb133111ebULL;
  return word ^ (word >> 32);
}

class KeyWords {
 public:
  // `column` must outlive the words. REQUIRES: HasKeyWords() of its type.
  explicit KeyWords(const arrow::Array& column);
  // The word of a null means nothing.
  uint64_t operator[](int64_t row) const {
    switch (cell_) {
      case Cell::k1:
        return Read<uint8_t>(row);
      case Cell::k2:
        return Read<uint16_t>(row);
      case Cell::k4:
        return Read<uint32_t>(row);
      case Cell::kFloat:
        return SortableBits(Read<float>(row));
      case Cell::kDouble:
        return SortableBits(Read<double>(row));
      case Cell::k8:
        break;
    }
    return Read<uint64_t>(row);
  }
  void Prefetch(int64_t row) const { __builtin_prefetch(cells_ + row * width_); }

 private:
  enum class Cell { k1, k2, k4, k8, kFloat, kDouble };
  static Cell CellOf(const arrow::DataType& type);
  template <typename Value>
  Value Read(int64_t row) const {
    Value value;
    std::memcpy(&value, cells_ + row * static_cast<int64_t>(sizeof value), sizeof value);
    return value;
  }

  Cell cell_;
  int64_t width_;
  const uint8_t* cells_;
};

}  // namespace tideway::dataset
