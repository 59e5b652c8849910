#include "core/dataset/op/group_rows.h"

#include <arrow/array/array_binary.h>

#include <string_view>

#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/key_table.h"

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

}  // namespace tideway::dataset
