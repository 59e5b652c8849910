#include "core/dataset/columns.h"

#include <arrow/type.h>

#include <algorithm>

namespace tideway::dataset {

SchemaPtr OnlyColumns(const arrow::Schema& schema, const std::vector<std::string>& columns) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    const bool is_wanted = std::ranges::find(columns, field->name()) != columns.end();
    fields.push_back(is_wanted ? field : arrow::field(field->name(), arrow::null()));
  }
  return arrow::schema(std::move(fields));
}

std::vector<std::string> ColumnNames(const arrow::Schema& schema) { return schema.field_names(); }

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

Result<int> ColumnIndex(const arrow::Schema& schema, std::string_view name,
                        std::string_view operation) {
  const std::string column(name);
  const std::vector<int> found = schema.GetAllFieldIndices(column);
  if (found.size() == 1) return found[0];
  const std::string prefix = std::string(operation) + ": ";
  if (found.size() > 1) {
    return Error(ErrorKind::kUsage, prefix + "column `" + column + "` occurs " +
                                        (found.size() == 2 ? "twice" : "several times"))
        .Hint("give the columns distinct names where they are read");
  }
  const std::vector<std::string> names = ColumnNames(schema);
  return Error(ErrorKind::kUsage, prefix + "no column `" + column + "`" + DidYouMean(name, names))
      .Hint(names.empty() ? "there are no columns" : "the columns are: " + JoinNames(names));
}

}  // namespace tideway::dataset
