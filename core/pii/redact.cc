#include "core/pii/redact.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/pii/replacement_internal.h"

namespace tideway::pii {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// A value taken out may let another one be seen beside it; that goes on for so long.
constexpr int kMostPasses = 8;

Status CheckIsText(std::string_view kernel, const arrow::DataType& type) {
  if (type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING)
    return Status::OK();
  return Error(ErrorKind::kUsage,
               std::string(kernel) + ": column must be string: " + type.ToString());
}

// What of the options makes a plan another. Lists of values and patterns, which may be personal,
// and the key go in as hashes.
nlohmann::ordered_json OptionsOf(const FindOptions& options) {
  nlohmann::ordered_json json;
  if (!options.kinds.empty()) json["kinds"] = options.kinds;
  json["public_only"] = options.public_only;
  if (!options.allow.empty()) json["allow"] = Hash128Hex(nlohmann::json(options.allow).dump());
  for (const auto& [name, pattern] : options.patterns) json["patterns"][name] = Hash128Hex(pattern);
  return json;
}

class RedactKernel : public dataset::ColumnKernel {
 public:
  RedactKernel(Redactor redactor, const RedactOptions& options)
      : redactor_(std::move(redactor)), options_json_(JsonOf(options)) {}

  std::string_view name() const override { return "pii.redact"; }
  std::string OptionsJson() const override { return options_json_; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckIsText(name(), input));
    return input.id() == arrow::Type::STRING ? arrow::utf8() : arrow::large_utf8();
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker& worker) const override {
    RETURN_NOT_OK(CheckIsText(name(), *column->type()));
    Counts counts;
    auto redacted =
        column->type_id() == arrow::Type::STRING
            ? RedactRows<arrow::StringArray, arrow::StringBuilder>(column, counts)
            : RedactRows<arrow::LargeStringArray, arrow::LargeStringBuilder>(column, counts);
    for (const auto& [kind, times] : counts) worker.CountChanged(kind, times);
    return redacted;
  }

 private:
  static std::string JsonOf(const RedactOptions& options) {
    constexpr std::array<const char*, 3> kModes = {"tag", "fake", "hash"};
    auto json = OptionsOf(options.find);
    json["mode"] = kModes[static_cast<size_t>(options.mode)];
    if (options.mode == Mode::kFake && options.key.empty()) json["seed"] = options.seed;
    if (!options.key.empty()) json["key"] = internal::HashedTag("key", "", options.key);
    return json.dump();
  }

  template <typename ArrayType, typename Builder>
  Result<ArrayPtr> RedactRows(const ArrayPtr& array, Counts& counts) const {
    const auto& column = static_cast<const ArrayType&>(*array);
    Builder builder;
    bool changed = false;
    const auto copy_up_to = [&](int64_t row) -> Status {
      return builder.AppendArraySlice(arrow::ArraySpan(*column.data()), builder.length(),
                                      row - builder.length());
    };
    for (int64_t row = 0; row < column.length(); ++row) {
      if (column.IsNull(row)) continue;
      const auto redacted = redactor_.Redact(column.GetView(row), counts);
      if (!redacted) continue;
      changed = true;
      RETURN_NOT_OK(copy_up_to(row));
      RETURN_NOT_OK(builder.Append(*redacted));
    }
    if (!changed) return array;
    RETURN_NOT_OK(copy_up_to(column.length()));
    return builder.Finish();
  }

  const Redactor redactor_;
  const std::string options_json_;
};

class FindingsKernel : public dataset::ColumnKernel {
 public:
  FindingsKernel(Finder finder, const FindOptions& options)
      : finder_(std::move(finder)), options_json_(OptionsOf(options).dump()) {}

  std::string_view name() const override { return "pii.findings"; }
  std::string OptionsJson() const override { return options_json_; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckIsText(name(), input));
    return Type();
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker&) const override {
    RETURN_NOT_OK(CheckIsText(name(), *column->type()));
    if (column->type_id() == arrow::Type::STRING) return FindRows<arrow::StringArray>(*column);
    return FindRows<arrow::LargeStringArray>(*column);
  }

 private:
  static std::shared_ptr<arrow::DataType> Type() {
    return arrow::list(
        arrow::struct_({arrow::field("kind", arrow::utf8()), arrow::field("start", arrow::int64()),
                        arrow::field("stop", arrow::int64())}));
  }

  template <typename ArrayType>
  Result<ArrayPtr> FindRows(const arrow::Array& array) const {
    const auto& column = static_cast<const ArrayType&>(array);
    ARROW_ASSIGN_OR_RAISE(auto made, arrow::MakeBuilder(Type()));
    auto& lists = static_cast<arrow::ListBuilder&>(*made);
    auto& structs = static_cast<arrow::StructBuilder&>(*lists.value_builder());
    auto& kinds = static_cast<arrow::StringBuilder&>(*structs.field_builder(0));
    auto& starts = static_cast<arrow::Int64Builder&>(*structs.field_builder(1));
    auto& stops = static_cast<arrow::Int64Builder&>(*structs.field_builder(2));
    for (int64_t row = 0; row < column.length(); ++row) {
      if (column.IsNull(row)) {
        RETURN_NOT_OK(lists.AppendNull());
        continue;
      }
      RETURN_NOT_OK(lists.Append());
      for (const Finding& found : finder_.Find(column.GetView(row))) {
        RETURN_NOT_OK(structs.Append());
        RETURN_NOT_OK(kinds.Append(finder_.NameOf(found.kind)));
        RETURN_NOT_OK(starts.Append(found.begin));
        RETURN_NOT_OK(stops.Append(found.end));
      }
    }
    return lists.Finish();
  }

  const Finder finder_;
  const std::string options_json_;
};

}  // namespace

Redactor::Redactor(Finder finder, Mode mode, std::string key)
    : finder_(std::move(finder)), mode_(mode), key_(std::move(key)) {}

Result<Redactor> Redactor::Make(const RedactOptions& options) {
  if (options.mode == Mode::kHash && options.key.empty()) {
    return Error(ErrorKind::kUsage, "pii.redact: mode `hash` needs a key")
        .Hint("keep one in an environment variable: key = tw.env \"PII_KEY\"");
  }
  ARROW_ASSIGN_OR_RAISE(Finder finder, Finder::Make(options.find));
  std::string key = options.key.empty() ? fmt::format("seed {}", options.seed) : options.key;
  return Redactor(std::move(finder), options.mode, std::move(key));
}

std::string Redactor::Replaced(std::string_view text, const std::vector<Finding>& findings,
                               Counts& counts) const {
  std::string redacted;
  size_t written = 0;
  for (const Finding& found : findings) {
    const auto begin = static_cast<size_t>(found.begin), end = static_cast<size_t>(found.end);
    const std::string_view name = finder_.NameOf(found.kind),
                           value = text.substr(begin, end - begin);
    redacted += text.substr(written, begin - written);
    if (mode_ == Mode::kTag) {
      redacted += internal::Tag(name);
    } else if (mode_ == Mode::kFake && found.kind < kKinds) {
      redacted += internal::Fake(static_cast<Kind>(found.kind), value, key_);
    } else {
      redacted += internal::HashedTag(name, value, key_);
    }
    written = end;
    ++counts.try_emplace(std::string(name)).first->second;
  }
  return redacted.append(text.substr(written));
}

std::optional<std::string> Redactor::Redact(std::string_view text, Counts& counts) const {
  std::optional<std::string> redacted;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    const std::string_view now = redacted ? *redacted : text;
    const auto findings = finder_.Find(now);
    if (findings.empty()) break;
    redacted = Replaced(now, findings, counts);
  }
  return redacted;
}

Result<dataset::KernelPtr> MakeRedact(const RedactOptions& options) {
  ARROW_ASSIGN_OR_RAISE(Redactor redactor, Redactor::Make(options));
  return std::make_shared<RedactKernel>(std::move(redactor), options);
}

Result<dataset::KernelPtr> MakeFindings(const FindOptions& options) {
  ARROW_ASSIGN_OR_RAISE(Finder finder, Finder::Make(options));
  return std::make_shared<FindingsKernel>(std::move(finder), options);
}

}  // namespace tideway::pii
