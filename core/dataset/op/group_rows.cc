#include "core/dataset/op/group_rows.h"

#include <arrow/array/array_binary.h>

#include <optional>
#include <string_view>

#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/key_words.h"
#include "core/dataset/op/word_table.h"

namespace tideway::dataset {

Grouped GroupRows(const arrow::BinaryArray& keys) {
  KeyTable table;
  Grouped grouped;
  grouped.groups.reserve(static_cast<size_t>(keys.length()));
  for (int64_t row = 0; row < keys.length(); ++row) {
    const std::string_view key = keys.GetView(row);
    const auto [group, is_new] = table.Add(KeyPartitions::HashOf(key), key);
    grouped.groups.push_back(group);
    if (is_new) grouped.first_rows.push_back(static_cast<uint32_t>(row));
  }
  return grouped;
}

Grouped GroupWords(const arrow::Array& cells) {
  const KeyWords words(cells);
  WordTable table;
  std::optional<uint32_t> null_group;
  Grouped grouped;
  grouped.groups.resize(static_cast<size_t>(cells.length()));
  for (uint32_t row = 0; row < grouped.groups.size(); ++row) {
    const auto next = static_cast<uint32_t>(grouped.first_rows.size());
    uint32_t& group = grouped.groups[row];
    if (cells.IsNull(row)) {
      if (!null_group) null_group = next;
      group = *null_group;
    } else {
      group = table.Add(words[row], next);
    }
    if (group == next) grouped.first_rows.push_back(row);
  }
  return grouped;
}

}  // namespace tideway::dataset
