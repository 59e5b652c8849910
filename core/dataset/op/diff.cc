#include "core/dataset/op/diff.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/differ_internal.h"
#include "core/dataset/op/merge_schemas.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using internal::Differ;
using internal::Found;
using internal::kDiff;

// One of the three parts of a difference.
class Part : public Node {
 public:
  Part(NodePtr before, NodePtr after, std::string what, std::vector<std::string> key,
       SchemaPtr schema)
      : Node({std::move(before), std::move(after)}),
        what_(std::move(what)),
        key_(std::move(key)),
        schema_(std::move(schema)) {}
  // Once, before anybody else has the node.
  void set_found(Found found) { found_ = std::move(found); }

  std::string_view op() const override { return kDiff; }
  std::string Describe() const override { return what_ + " by " + JoinNames(key_); }
  Result<std::string> Identity(RunContext&) const override { return IdentityText({what_, key_}); }
  Result<SchemaPtr> schema(RunContext&) const override { return schema_; }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override { return found_.count; }
  Result<std::unique_ptr<Stream>> Open(RunContext&) const override {
    if (found_.marks == nullptr) return found_.rows->OpenStream();
    return OpenMarked(found_.rows, found_.marks);
  }

 private:
  const std::string what_;
  const std::vector<std::string> key_;
  const SchemaPtr schema_;
  Found found_;
};

Result<SchemaPtr> ChangedSchema(const arrow::Schema& schema, const std::vector<int>& key) {
  arrow::FieldVector fields;
  for (const int column : key) fields.push_back(schema.field(column));
  fields.push_back(arrow::field("changed", arrow::utf8()));
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (std::ranges::find(key, i) != key.end()) continue;
    const auto& field = schema.field(i);
    fields.push_back(field->WithName(field->name() + "_before"));
    fields.push_back(field->WithName(field->name() + "_after"));
  }
  std::set<std::string> names;
  for (const auto& field : fields) {
    if (names.insert(field->name()).second) continue;
    return Error(ErrorKind::kUsage,
                 "diff: two columns of the changed rows would be named `" + field->name() + "`")
        .Hint("rename the columns of both datasets first");
  }
  return arrow::schema(std::move(fields));
}

}  // namespace

Result<Difference> Diff(NodePtr before, NodePtr after, const std::vector<std::string>& key,
                        RunContext& run) {
  if (key.empty()) {
    return Error(ErrorKind::kUsage, "diff: no key given")
        .Hint("name the columns that tell rows apart: { key = \"id\" }");
  }
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr first, before->schema(run));
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr second, after->schema(run));
  ARROW_ASSIGN_OR_RAISE(
      const SchemaPtr schema,
      MergeSchemas(first, second, "diff: the second dataset does not fit the first"));
  std::vector<SortKey> sort_keys;
  std::vector<int> columns;
  for (const std::string& name : key) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), ColumnIndex(*schema, name, kDiff));
    sort_keys.push_back({.column = name});
  }
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, RowKeys::Make(*schema, sort_keys, kDiff));
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr changed_schema, ChangedSchema(*schema, columns));
  auto added = std::make_shared<Part>(before, after, "added", key, second);
  auto removed = std::make_shared<Part>(before, after, "removed", key, first);
  auto changed = std::make_shared<Part>(before, after, "changed", key, changed_schema);
  Difference difference{.added_rows = added, .removed_rows = removed, .changed_rows = changed};
  if (run.pretends()) return difference;

  ARROW_ASSIGN_OR_RAISE(const auto before_rows, OpenPlan(*before, run));
  ARROW_ASSIGN_OR_RAISE(const auto after_rows, OpenPlan(*after, run));
  Differ differ(schema, columns, changed_schema, run);
  RETURN_NOT_OK(differ.Read(*before_rows, *after_rows, keys));
  RETURN_NOT_OK(differ.Match(keys));
  RETURN_NOT_OK(differ.Compare(StepOf(*changed)));
  added->set_found(differ.added());
  removed->set_found(differ.removed());
  changed->set_found(differ.changed());
  difference.before_rows = differ.before()->rows();
  difference.after_rows = differ.after()->rows();
  difference.added = differ.added().count;
  difference.removed = differ.removed().count;
  difference.changed = differ.changed().count;
  difference.columns = differ.columns();
  run.Count(
      {.step = StepOf(*added), .rows_in = difference.after_rows, .rows_out = difference.added});
  run.Count({.step = StepOf(*removed),
             .rows_in = difference.before_rows,
             .rows_out = difference.removed});
  return difference;
}

}  // namespace tideway::dataset
