// Which rows of a batch have equal keys.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <vector>

namespace tideway::dataset {

// Groups are numbered in the order of their first rows.
struct Grouped {
  std::vector<uint32_t> groups;      // of each row
  std::vector<uint32_t> first_rows;  // of each group
};

Grouped GroupRows(const arrow::BinaryArray& keys);
// The same by the cells of a column that has words (key_words.h); nulls are equal to each other.
Grouped GroupWords(const arrow::Array& cells);

}  // namespace tideway::dataset
