#include "core/stats/measure_code.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/select.h"
#include "core/stats/code_measures.h"

namespace tideway::stats {
namespace {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::SchemaPtr;

struct Column {
  const char* name;
  int64_t CodeMeasures::* member;
  bool needs_syntax;
};
constexpr std::array<Column, 8> kColumns = {{
    {"bytes", &CodeMeasures::bytes, false},
    {"lines", &CodeMeasures::lines, false},
    {"code_lines", &CodeMeasures::code_lines, false},
    {"comment_lines", &CodeMeasures::comment_lines, false},
    {"blank_lines", &CodeMeasures::blank_lines, false},
    {"longest_line", &CodeMeasures::longest_line, false},
    {"functions", &CodeMeasures::functions, true},
    {"nesting", &CodeMeasures::nesting, true},
}};

// The text of a cell, or nothing for a null.
using CellText = std::function<std::optional<std::string_view>(int64_t row)>;

CellText TextsOf(const arrow::Array& column) {
  const auto of = [](const auto& typed) -> CellText {
    return [&typed](int64_t row) -> std::optional<std::string_view> {
      if (typed.IsNull(row)) return std::nullopt;
      return typed.GetView(row);
    };
  };
  switch (column.type_id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return of(static_cast<const arrow::LargeBinaryArray&>(column));
    case arrow::Type::NA:
      return [](int64_t) { return std::nullopt; };
    default:
      return of(static_cast<const arrow::BinaryArray&>(column));
  }
}

class MeasureCodeRows : public dataset::RowOperator {
 public:
  MeasureCodeRows(NodePtr input, std::shared_ptr<const MeasureOptions> options)
      : RowOperator({std::move(input)}), options_(std::move(options)) {}
  std::string_view op() const override { return "stats.code"; }
  std::string Describe() const override {
    return options_->content + (options_->language.empty() ? "" : " by " + options_->language);
  }
  Result<std::string> Identity(dataset::RunContext&) const override {
    return dataset::IdentityText(
        {options_->content, options_->language, options_->syntaxes.identity});
  }
  bool keeps_row_count() const override { return true; }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> wanted;
    for (const std::string& name : columns) {
      const bool made =
          std::ranges::any_of(kColumns, [&](const Column& column) { return column.name == name; });
      if (!made) wanted.push_back(name);
    }
    return dataset::NarrowBelow(*this, std::move(wanted), Inputs(), [this](NodePtr input) {
      return std::make_shared<MeasureCodeRows>(std::move(input), options_);
    });
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    for (const std::string& name : Inputs()) {
      ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*input, name, op()));
      const auto& type = *input->field(index)->type();
      if (arrow::is_base_binary_like(type.id()) || type.id() == arrow::Type::NA) continue;
      return Error(ErrorKind::kUsage,
                   "stats.code: column `" + name + "` must be text: " + type.ToString());
    }
    SchemaPtr output = input;
    for (const Column& column : kColumns) {
      if (!input->GetAllFieldIndices(column.name).empty()) {
        return Error(ErrorKind::kUsage,
                     std::string("stats.code: there is a column `") + column.name + "` already")
            .Hint("rename it or drop it first");
      }
      ARROW_ASSIGN_OR_RAISE(output, output->AddField(output->num_fields(),
                                                     arrow::field(column.name, arrow::int64())));
    }
    return output;
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     dataset::RunContext&) const override {
    ARROW_ASSIGN_OR_RAISE(const int content, dataset::ColumnIndex(*input, options_->content, op()));
    std::optional<int> language;
    if (!options_->language.empty()) {
      ARROW_ASSIGN_OR_RAISE(language, dataset::ColumnIndex(*input, options_->language, op()));
    }
    return Apply([this, content, language, output](const BatchPtr& batch, dataset::Worker&) {
      return Measure(batch, content, language, output);
    });
  }

 private:
  std::vector<std::string> Inputs() const {
    if (options_->language.empty()) return {options_->content};
    return {options_->content, options_->language};
  }

  Result<BatchPtr> Measure(const BatchPtr& batch, int content, std::optional<int> language,
                           const SchemaPtr& output) const {
    const CellText texts = TextsOf(*batch->column(content));
    const CellText names = language ? TextsOf(*batch->column(*language))
                                    : CellText([](int64_t) { return std::nullopt; });
    std::array<arrow::Int64Builder, kColumns.size()> builders;
    for (auto& builder : builders) RETURN_NOT_OK(builder.Reserve(batch->num_rows()));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const auto text = texts(row);
      const auto name = names(row);
      const text::Syntax* syntax = name ? options_->syntaxes.Find(*name) : nullptr;
      CodeMeasures measures;
      if (text) measures = syntax ? MeasureCode(*text, *syntax) : MeasureLines(*text);
      for (size_t i = 0; i < kColumns.size(); ++i) {
        if (!text || (kColumns[i].needs_syntax && syntax == nullptr)) {
          builders[i].UnsafeAppendNull();
        } else {
          builders[i].UnsafeAppend(measures.*kColumns[i].member);
        }
      }
    }
    auto columns = batch->columns();
    for (auto& builder : builders) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), builder.Finish());
    }
    return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
  }

  const std::shared_ptr<const MeasureOptions> options_;
};

}  // namespace

NodePtr MakeMeasureCode(NodePtr input, MeasureOptions options) {
  return std::make_shared<MeasureCodeRows>(
      std::move(input), std::make_shared<const MeasureOptions>(std::move(options)));
}

}  // namespace tideway::stats
