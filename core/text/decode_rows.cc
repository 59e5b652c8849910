#include <arrow/api.h>

#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/drop_rows.h"
#include "core/dataset/op/select.h"
#include "core/text/decode_column_internal.h"

namespace tideway::text {
namespace {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::SchemaPtr;
using dataset::Worker;
using internal::Findings;
using Columns = arrow::ArrayVector;

// One of the further columns.
struct Extra {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  // The cell for a row that was not null.
  std::shared_ptr<arrow::Scalar> (*cell)(const DecodedText&);
};

std::shared_ptr<arrow::Scalar> Text(const std::string& value) {
  if (value.empty()) return arrow::MakeNullScalar(arrow::utf8());
  return std::make_shared<arrow::StringScalar>(value);
}

std::vector<Extra> ExtrasOf(const DecodeColumns& columns) {
  std::vector<Extra> extras;
  const auto add = [&](const std::string& name, std::shared_ptr<arrow::DataType> type,
                       std::shared_ptr<arrow::Scalar> (*cell)(const DecodedText&)) {
    if (!name.empty()) extras.push_back({name, std::move(type), cell});
  };
  add(columns.encoding, arrow::utf8(), [](const DecodedText& text) { return Text(text.encoding); });
  add(columns.problem, arrow::utf8(), [](const DecodedText& text) { return Text(text.problem); });
  add(columns.mojibake, arrow::utf8(), [](const DecodedText& text) { return Text(text.mojibake); });
  add(columns.lost, arrow::int64(),
      [](const DecodedText& text) { return arrow::MakeScalar(text.lost); });
  add(columns.question_marks, arrow::int64(),
      [](const DecodedText& text) { return arrow::MakeScalar(text.question_marks); });
  add(columns.mixed_newlines, arrow::boolean(),
      [](const DecodedText& text) { return arrow::MakeScalar(text.mixed_newlines); });
  return extras;
}

class DecodeRows : public dataset::RowOperator {
 public:
  DecodeRows(NodePtr input, std::string column, const DecodeOptions& options,
             const DecodeColumns& columns)
      : RowOperator({std::move(input)}),
        column_(std::move(column)),
        options_(options),
        columns_(columns),
        extras_(ExtrasOf(columns)) {}

  std::string_view op() const override { return "decode"; }
  bool keeps_row_count() const override { return options_.on_unknown != OnUnknown::kDrop; }
  std::string Describe() const override {
    return column_ + ": " + internal::DecodeOptionsJson(options_);
  }
  Result<std::string> Identity(dataset::RunContext&) const override {
    return dataset::IdentityText({column_, internal::DecodeOptionsJson(options_), columns_.encoding,
                                  columns_.problem, columns_.mojibake, columns_.lost,
                                  columns_.question_marks, columns_.mixed_newlines});
  }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return std::make_shared<DecodeRows>(std::move(inputs[0]), column_, options_, columns_);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return dataset::NarrowBelow(*this, columns, {column_}, [this](NodePtr input) {
      return std::make_shared<DecodeRows>(std::move(input), column_, options_, columns_);
    });
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*input, column_, op()));
    const auto& field = input->field(index);
    ARROW_ASSIGN_OR_RAISE(auto type, internal::DecodedType(*field->type()));
    const bool makes_nulls = options_.on_unknown == OnUnknown::kNull;
    ARROW_ASSIGN_OR_RAISE(
        SchemaPtr schema,
        input->SetField(index, arrow::field(column_, type, field->nullable() || makes_nulls)));
    for (const Extra& extra : extras_) {
      if (!schema->GetAllFieldIndices(extra.name).empty()) {
        return Error(ErrorKind::kUsage, "decode: there is a column `" + extra.name + "` already")
            .Hint("give another name, or drop that column first");
      }
      ARROW_ASSIGN_OR_RAISE(
          schema, schema->AddField(schema->num_fields(), arrow::field(extra.name, extra.type)));
    }
    return schema;
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     dataset::RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*input, column_, op()));
    return Apply([this, index, output](const BatchPtr& batch, Worker& worker) {
      return Decode(batch, index, output, worker);
    });
  }

 private:
  Result<BatchPtr> Decode(const BatchPtr& batch, int index, const SchemaPtr& output,
                          Worker& worker) const {
    const bool counts = !columns_.lost.empty() || !columns_.question_marks.empty() ||
                        !columns_.mixed_newlines.empty();
    Findings findings{.tells_counts = counts};
    Columns columns = batch->columns();
    auto& column = columns[static_cast<size_t>(index)];
    const auto bytes = column;
    auto decoded = internal::DecodeColumn(bytes, options_, &findings);
    if (!decoded.ok()) return WithContext("decode " + column_, decoded.status());
    column = std::move(*decoded);
    for (const Extra& extra : extras_) {
      ARROW_ASSIGN_OR_RAISE(auto cells, Cells(extra, *bytes, findings));
      columns.push_back(std::move(cells));
    }
    const auto rows = arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
    if (options_.on_unknown != OnUnknown::kDrop || findings.rows.empty()) return rows;
    return dataset::DropRows(rows, worker, [&](int64_t row) -> std::optional<std::string_view> {
      const std::string& problem = findings.rows[static_cast<size_t>(row)].problem;
      if (problem.empty()) return std::nullopt;
      return problem;
    });
  }

  static Result<std::shared_ptr<arrow::Array>> Cells(const Extra& extra, const arrow::Array& bytes,
                                                     const Findings& findings) {
    const DecodedText utf8{.encoding = "utf-8"};
    const auto usual = extra.cell(utf8);
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(extra.type));
    RETURN_NOT_OK(builder->Reserve(bytes.length()));
    for (int64_t row = 0; row < bytes.length(); ++row) {
      if (bytes.IsNull(row)) {
        RETURN_NOT_OK(builder->AppendNull());
      } else if (findings.rows.empty()) {
        RETURN_NOT_OK(builder->AppendScalar(*usual));
      } else {
        RETURN_NOT_OK(builder->AppendScalar(*extra.cell(findings.rows[static_cast<size_t>(row)])));
      }
    }
    return builder->Finish();
  }

  const std::string column_;
  const DecodeOptions options_;
  const DecodeColumns columns_;
  const std::vector<Extra> extras_;
};

}  // namespace

NodePtr MakeDecodeRows(NodePtr input, std::string column, const DecodeOptions& options,
                       const DecodeColumns& columns) {
  return std::make_shared<DecodeRows>(std::move(input), std::move(column), options, columns);
}

}  // namespace tideway::text
