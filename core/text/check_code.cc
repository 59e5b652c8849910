#include <arrow/api.h>

#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/drop_rows.h"
#include "core/dataset/op/select.h"
#include "core/dataset/text_kernel.h"
#include "core/text/code_rules.h"

namespace tideway::text {
namespace {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::SchemaPtr;

nlohmann::ordered_json RulesJson(const CodeRules& rules) {
  return {{"max_bytes", rules.max_bytes},
          {"nul", rules.nul},
          {"max_binary", rules.max_binary},
          {"max_control", rules.max_control},
          {"minified_line", rules.minified_line},
          {"minified_space", rules.minified_space},
          {"max_line", rules.max_line},
          {"mean_line", rules.mean_line},
          {"min_alphanumeric", rules.min_alphanumeric},
          {"generated_lines", rules.generated_lines},
          {"generated", rules.generated},
          {"truncated", rules.truncated}};
}

std::optional<std::string> Joined(const std::vector<std::string_view>& names) {
  if (names.empty()) return std::nullopt;
  std::string joined;
  for (const std::string_view name : names)
    joined += (joined.empty() ? "" : ",") + std::string(name);
  return joined;
}

class CheckCode : public dataset::RowOperator {
 public:
  CheckCode(NodePtr input, CheckCodeOptions options)
      : RowOperator({std::move(input)}), options_(std::move(options)) {}

  std::string_view op() const override { return "check_code"; }
  bool keeps_row_count() const override { return !options_.as.empty(); }
  std::string Describe() const override {
    return options_.column + (options_.as.empty() ? "" : " as " + options_.as);
  }
  Result<std::string> Identity(dataset::RunContext&) const override {
    return dataset::IdentityText({options_.column, options_.language, options_.as,
                                  RulesJson(options_.rules), options_.syntaxes.identity});
  }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return std::make_shared<CheckCode>(std::move(inputs[0]), options_);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return dataset::NarrowBelow(*this, columns, Looked(), [this](NodePtr input) {
      return std::make_shared<CheckCode>(std::move(input), options_);
    });
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    for (const std::string& column : Looked()) {
      ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*input, column, op()));
      RETURN_NOT_OK(dataset::CheckTextType(*input->field(index)->type(), "check_code " + column));
    }
    if (options_.as.empty()) return input;
    if (!input->GetAllFieldIndices(options_.as).empty()) {
      return Error(ErrorKind::kUsage, "check_code: there is a column `" + options_.as + "` already")
          .Hint("give another name with `as`, or drop that column first");
    }
    return input->AddField(input->num_fields(), arrow::field(options_.as, arrow::utf8()));
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     dataset::RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(const int column, dataset::ColumnIndex(*input, options_.column, op()));
    int language = -1;
    if (!options_.language.empty()) {
      ARROW_ASSIGN_OR_RAISE(language, dataset::ColumnIndex(*input, options_.language, op()));
    }
    return Apply([this, column, language, output](const BatchPtr& batch, dataset::Worker& worker) {
      return Check(batch, column, language, output, worker);
    });
  }

 private:
  std::vector<std::string> Looked() const {
    if (options_.language.empty()) return {options_.column};
    return {options_.column, options_.language};
  }

  Result<BatchPtr> Check(const BatchPtr& batch, int column, int language, const SchemaPtr& output,
                         dataset::Worker& worker) const {
    std::vector<const Syntax*> syntaxes(static_cast<size_t>(batch->num_rows()));
    if (language >= 0) {
      RETURN_NOT_OK(dataset::ForEachText(
          *batch->column(language), op(), [&](int64_t row, std::string_view name) {
            syntaxes[static_cast<size_t>(row)] = options_.syntaxes.Find(name);
            return Status::OK();
          }));
    }
    std::vector<std::vector<std::string_view>> broken(syntaxes.size());
    RETURN_NOT_OK(
        dataset::ForEachText(*batch->column(column), op(), [&](int64_t row, std::string_view text) {
          const auto at = static_cast<size_t>(row);
          broken[at] = BrokenRules(options_.rules, text, syntaxes[at]);
          return Status::OK();
        }));
    return options_.as.empty() ? Dropped(batch, broken, worker) : Tagged(batch, broken, output);
  }

  static Result<BatchPtr> Dropped(const BatchPtr& batch,
                                  const std::vector<std::vector<std::string_view>>& broken,
                                  dataset::Worker& worker) {
    return dataset::DropRows(batch, worker, [&](int64_t row) -> std::optional<std::string_view> {
      const auto& rules = broken[static_cast<size_t>(row)];
      if (rules.empty()) return std::nullopt;
      return rules.front();
    });
  }

  static Result<BatchPtr> Tagged(const BatchPtr& batch,
                                 const std::vector<std::vector<std::string_view>>& broken,
                                 const SchemaPtr& output) {
    arrow::StringBuilder builder;
    for (const auto& names : broken) {
      const auto joined = Joined(names);
      RETURN_NOT_OK(joined ? builder.Append(*joined) : builder.AppendNull());
    }
    arrow::ArrayVector columns = batch->columns();
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), builder.Finish());
    return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
  }

  const CheckCodeOptions options_;
};

}  // namespace

dataset::KernelPtr MakeCodeRules(const CodeRules& rules, const std::string& language,
                                 SyntaxTable syntaxes) {
  auto json = RulesJson(rules);
  json["language"] = language;
  json["languages"] = syntaxes.identity;
  const auto table = std::make_shared<const SyntaxTable>(std::move(syntaxes));
  const Syntax* syntax = table->Find(language);
  const auto first = [rules, table, syntax](std::string_view text) -> std::optional<std::string> {
    const auto broken = BrokenRules(rules, text, syntax);
    if (broken.empty()) return std::nullopt;
    return std::string(broken.front());
  };
  return dataset::MakeTextKernel("text.code_rules", json.dump(), first);
}

NodePtr MakeCheckCode(NodePtr input, CheckCodeOptions options) {
  return std::make_shared<CheckCode>(std::move(input), std::move(options));
}

}  // namespace tideway::text
