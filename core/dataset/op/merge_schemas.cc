#include "core/dataset/op/merge_schemas.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"

namespace tideway::dataset {
namespace {

std::string FeatureOf(const arrow::Field& field) {
  if (field.metadata() == nullptr) return "";
  return field.metadata()->Get(kFeatureKey).ValueOr("");
}

Error Mismatch(const std::string& misfit, const std::string& what) {
  return Error(ErrorKind::kData, misfit + ": " + what)
      .Hint("select the same columns, in the same order and with the same types, from each input");
}

Result<FieldPtr> MergeField(const FieldPtr& first, const FieldPtr& next,
                            const std::string& misfit) {
  if (first->name() != next->name()) {
    return Mismatch(misfit,
                    "column `" + next->name() + "` where `" + first->name() + "` is expected");
  }
  if (!first->type()->Equals(next->type())) {
    return Mismatch(misfit, "column `" + first->name() + "` is " + first->type()->ToString() +
                                " there and " + next->type()->ToString() + " here");
  }
  const std::string known = FeatureOf(*first), other = FeatureOf(*next);
  if (!known.empty() && !other.empty() && known != other) {
    return Mismatch(
        misfit, "column `" + first->name() + "` means " + known + " there and " + other + " here");
  }
  return (known.empty() && !other.empty() ? next : first)
      ->WithNullable(first->nullable() || next->nullable());
}

}  // namespace

Result<SchemaPtr> MergeSchemas(const SchemaPtr& first, const SchemaPtr& next,
                               const std::string& misfit) {
  if (first->num_fields() != next->num_fields()) {
    return Mismatch(misfit, "columns " + JoinNames(ColumnNames(*next)) + " instead of " +
                                JoinNames(ColumnNames(*first)));
  }
  arrow::FieldVector fields;
  for (int i = 0; i < first->num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto field, MergeField(first->field(i), next->field(i), misfit));
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields), first->metadata());
}

}  // namespace tideway::dataset
