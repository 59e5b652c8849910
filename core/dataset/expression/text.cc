// Texts.
#include <arrow/array/array_binary.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/exec.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <map>

#include "core/dataset/expression/functions.h"
#include "core/dataset/expression/type_rules.h"

namespace tideway::dataset {
namespace {

using arrow::compute::FunctionOptions;

Status ToText(std::string_view name, Bound& value, const char* takes = "texts") {
  const TypeKind kind = TypeKindOf(*value.type);
  if (kind == TypeKind::kNull) value = BindCast(std::move(value), arrow::utf8());
  if (kind == TypeKind::kText || kind == TypeKind::kNull) return Status::OK();
  return WrongOperand(name, takes, value).Hint("cast it first: :cast \"string\"");
}

std::string ArrowText(std::string_view name) {
  static const std::map<std::string_view, std::string> names = {
      {"length", "utf8_length"},
      {"bytes", "binary_length"},
      {"lower", "utf8_lower"},
      {"upper", "utf8_upper"},
      {"trim", "utf8_trim_whitespace"},
      {"contains", "match_substring"},
      {"starts_with", "starts_with"},
      {"ends_with", "ends_with"},
      {"matches", "match_substring_regex"}};
  return names.at(name);
}

// RE2 tells what is wrong with a pattern only when it is used.
Status CheckRegex(const std::string& pattern) {
  const arrow::compute::MatchSubstringOptions options(pattern);
  auto matched = arrow::compute::CallFunction("match_substring_regex",
                                              {arrow::Datum(arrow::MakeScalar("text"))}, &options);
  if (matched.ok()) return Status::OK();
  return Error(ErrorKind::kUsage, "matches: `" + pattern + "`: " + matched.status().message())
      .Hint("the syntax is RE2's: github.com/google/re2/wiki/Syntax");
}

}  // namespace

Status CheckPattern(std::string_view name, const std::vector<ExpressionPtr>& arguments) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    RETURN_NOT_OK(LiteralText(name, "a text", *arguments[i]).status());
  }
  const std::string pattern = TextOf(*arguments[1]->literal());
  if (name == "replace" && pattern.empty()) {
    return Error(ErrorKind::kUsage, "replace: the text to replace must not be empty");
  }
  return name == "matches" ? CheckRegex(pattern) : Status::OK();
}

Result<Bound> BindText(const CallText& call, std::vector<Bound> arguments) {
  RETURN_NOT_OK(ToText(call.name, arguments[0]));
  const TypePtr type = arguments[0].type;
  return BindKernel(call.text, type, ArrowText(call.name), std::move(arguments));
}

Result<Bound> BindCount(const CallText& call, std::vector<Bound> arguments) {
  const bool takes_lists = call.name == "length";
  const bool lists = takes_lists && arrow::is_list(arguments[0].type->id());
  const char* const takes = takes_lists ? "texts and lists" : "texts";
  if (!lists) RETURN_NOT_OK(ToText(call.name, arguments[0], takes));
  const arrow::Type::type type = arguments[0].type->id();
  const bool wide = type == arrow::Type::LARGE_STRING || type == arrow::Type::LARGE_LIST;
  return BindCast(
      BindKernel(call.text, wide ? arrow::int64() : arrow::int32(),
                 lists ? "list_value_length" : ArrowText(call.name), std::move(arguments)),
      arrow::int64());
}

Result<Bound> BindPattern(const CallText& call, std::vector<Bound> arguments) {
  RETURN_NOT_OK(ToText(call.name, arguments[0]));
  auto options =
      std::make_shared<arrow::compute::MatchSubstringOptions>(TextOf(*arguments[1].literal));
  arguments.resize(1);
  return BindKernel(call.text, arrow::boolean(), ArrowText(call.name), std::move(arguments),
                    std::move(options));
}

Result<Bound> BindReplace(const CallText& call, std::vector<Bound> arguments) {
  RETURN_NOT_OK(ToText(call.name, arguments[0]));
  const TypePtr type = arguments[0].type;
  auto options = std::make_shared<arrow::compute::ReplaceSubstringOptions>(
      TextOf(*arguments[1].literal), TextOf(*arguments[2].literal));
  arguments.resize(1);
  return BindKernel(call.text, type, "replace_substring", std::move(arguments), std::move(options));
}

Result<Bound> BindJoin(const CallText& call, std::vector<Bound> arguments) {
  for (Bound& argument : arguments) RETURN_NOT_OK(ToText("`..`", argument));
  Bound &left = arguments[0], &right = arguments[1];
  FitLiterals(left, right);
  const TypePtr type = CommonType(left.type, right.type);
  left = BindCast(std::move(left), type);
  right = BindCast(std::move(right), type);
  ARROW_ASSIGN_OR_RAISE(auto nothing, arrow::MakeScalar(type, arrow::Buffer::FromString("")));
  arguments.push_back(BindLiteral(std::move(nothing), ""));
  return BindKernel(call.text, type, "binary_join_element_wise", std::move(arguments));
}

}  // namespace tideway::dataset
