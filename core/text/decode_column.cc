#include <arrow/api.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "core/dataset/row_error.h"
#include "core/text/code_points_internal.h"
#include "core/text/decode_column_internal.h"
#include "core/text/mojibake.h"

namespace tideway::text {
namespace internal {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

bool Continues(std::string_view text) {
  return !text.empty() && (static_cast<uint8_t>(text[0]) & 0xC0) == 0x80;
}

bool AllAscii(std::string_view bytes) {
  constexpr size_t kWords = 8;
  std::array<uint64_t, kWords> words{};
  size_t i = 0;
  uint64_t all = 0;
  for (; i + sizeof(words) <= bytes.size(); i += sizeof(words)) {
    std::memcpy(words.data(), bytes.data() + i, sizeof(words));
    for (const uint64_t word : words) all |= word;
    if ((all & 0x8080808080808080U) != 0) return false;
  }
  for (; i < bytes.size(); ++i) all |= static_cast<uint8_t>(bytes[i]);
  return (all & 0x8080808080808080U) == 0;
}

// Whether the bytes are UTF-8 of which nothing is to be changed but, perhaps, mojibake undone: no
// mark, nothing that may be UTF-16, no line end to change. Told for all rows at once.
template <typename ArrayType>
bool IsPlainUtf8(const ArrayType& column, std::string_view bytes, const DecodeOptions& options) {
  if (!options.encoding.empty() && options.encoding != "utf-8") return false;
  if (options.newlines == Newlines::kCrlf) return false;
  if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return false;
  if (std::memchr(bytes.data(), 0, bytes.size()) != nullptr) return false;
  const bool has_returns = std::memchr(bytes.data(), '\r', bytes.size()) != nullptr;
  if (has_returns && options.newlines != Newlines::kKeep) return false;
  for (int64_t row = 0; row < column.length(); ++row) {
    const std::string_view text = column.GetView(row);
    if (Continues(text) || text.starts_with("\xEF\xBB\xBF")) return false;
  }
  return true;
}

template <typename ArrayType>
std::string_view BytesOf(const ArrayType& column) {
  const char* data = reinterpret_cast<const char*>(column.raw_data());
  return {data == nullptr ? "" : data + column.value_offset(0),
          static_cast<size_t>(column.total_values_length())};
}

// The same buffers as another type.
ArrayPtr AsType(const ArrayPtr& column, std::shared_ptr<arrow::DataType> type) {
  if (column->type()->Equals(type)) return column;
  auto data = column->data()->Copy();
  data->type = std::move(type);
  return arrow::MakeArray(data);
}

Status RowFault(int64_t row, const DecodedText& decoded) {
  return dataset::AtRow(
      row,
      Error(ErrorKind::kData, "text.decode: no text: " + decoded.problem)
          .Hint("on_unknown = \"replace\", \"latin1\" or \"null\" lets it pass; `encoding` names "
                "the encoding"));
}

class ColumnDecoder {
 public:
  ColumnDecoder(const DecodeOptions& options, Findings* findings, dataset::Worker* worker)
      : options_(options), findings_(findings), worker_(worker) {}

  template <typename ArrayType, typename TextType>
  Result<ArrayPtr> Decode(const ArrayPtr& array) {
    const auto& column = static_cast<const ArrayType&>(*array);
    const std::string_view bytes = BytesOf(column);
    if (IsPlainUtf8(column, bytes, options_) && NothingFound(column, bytes)) {
      if (findings_ != nullptr) KeepAll(column);
      return AsType(array, arrow::TypeTraits<TextType>::type_singleton());
    }
    typename arrow::TypeTraits<TextType>::BuilderType builder;
    RETURN_NOT_OK(builder.Reserve(column.length()));
    RETURN_NOT_OK(builder.ReserveData(static_cast<int64_t>(bytes.size())));
    for (int64_t row = 0; row < column.length(); ++row) {
      RETURN_NOT_OK(AppendRow(column, row, &builder));
    }
    return builder.Finish();
  }

 private:
  // Of columns of UTF-8: neither mojibake nor marks of what is lost.
  template <typename ArrayType>
  bool NothingFound(const ArrayType& column, std::string_view bytes) const {
    if (findings_ != nullptr && HasNews(bytes)) return false;
    if (!options_.mojibake || AllAscii(bytes)) return true;
    for (int64_t row = 0; row < column.length(); ++row) {
      if (MendMojibake(column.GetView(row))) return false;
    }
    return true;
  }

  // What findings tell of UTF-8.
  static bool HasNews(std::string_view bytes) {
    return bytes.find('\r') != bytes.npos || bytes.find("???") != bytes.npos ||
           bytes.find("\xEF\xBF\xBD") != bytes.npos;
  }

  template <typename ArrayType>
  void KeepAll(const ArrayType& column) {
    for (int64_t row = 0; row < column.length(); ++row) findings_->keep.Set(row, true);
  }

  template <typename ArrayType, typename Builder>
  Status AppendRow(const ArrayType& column, int64_t row, Builder* builder) {
    if (column.IsNull(row)) return Note(row, true, {}, builder->AppendNull());
    const std::string_view bytes = column.GetView(row);
    DecodedText decoded = DecodeText(bytes, options_);
    const bool by_option =
        options_.on_unknown == OnUnknown::kReplace || options_.on_unknown == OnUnknown::kLatin1;
    const bool has_text = decoded.problem.empty() || by_option;
    if (has_text) {
      const Status appended = builder->Append(decoded.text ? *decoded.text : bytes);
      return Note(row, true, std::move(decoded), appended);
    }
    if (options_.on_unknown == OnUnknown::kRefuse) return RowFault(row, decoded);
    const bool drop = options_.on_unknown == OnUnknown::kDrop && findings_ != nullptr;
    if (drop && worker_ != nullptr) worker_->CountDropped(decoded.problem, 1);
    return Note(row, !drop, std::move(decoded), builder->AppendNull());
  }

  Status Note(int64_t row, bool keep, DecodedText decoded, const Status& appended) {
    if (findings_ == nullptr) return appended;
    findings_->keep.Set(row, keep);
    decoded.text.reset();
    findings_->rows.push_back(std::move(decoded));
    return appended;
  }

  const DecodeOptions& options_;
  Findings* findings_;
  dataset::Worker* worker_;
};

constexpr const char* kOnUnknown[] = {"refuse", "drop", "null", "replace", "latin1"};
constexpr const char* kNewlines[] = {"keep", "lf", "crlf"};

class DecodeKernel : public dataset::ColumnKernel {
 public:
  explicit DecodeKernel(const DecodeOptions& options) : options_(options) {}
  std::string_view name() const override { return "text.decode"; }
  std::string OptionsJson() const override { return DecodeOptionsJson(options_); }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    return DecodedType(input);
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker& worker) const override {
    return DecodeColumn(column, options_, nullptr, &worker);
  }

 private:
  const DecodeOptions options_;
};

}  // namespace

Result<std::shared_ptr<arrow::DataType>> DecodedType(const arrow::DataType& input) {
  switch (input.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return arrow::utf8();
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return arrow::large_utf8();
    default:
      return Error(ErrorKind::kUsage,
                   "text.decode: column must be binary or string: " + input.ToString());
  }
}

Result<ArrayPtr> DecodeColumn(const ArrayPtr& column, const DecodeOptions& options,
                              Findings* findings, dataset::Worker* worker) {
  RETURN_NOT_OK(DecodedType(*column->type()));
  ColumnDecoder decoder(options, findings, worker);
  const auto type = column->type_id();
  if (type == arrow::Type::STRING || type == arrow::Type::BINARY) {
    return decoder.Decode<arrow::BinaryArray, arrow::StringType>(column);
  }
  return decoder.Decode<arrow::LargeBinaryArray, arrow::LargeStringType>(column);
}

std::string DecodeOptionsJson(const DecodeOptions& options) {
  nlohmann::ordered_json json;
  json["encoding"] = options.encoding.empty() ? "auto" : options.encoding;
  json["on_unknown"] = kOnUnknown[static_cast<size_t>(options.on_unknown)];
  json["mojibake"] = options.mojibake;
  json["newlines"] = kNewlines[static_cast<size_t>(options.newlines)];
  return json.dump();
}

}  // namespace internal

dataset::KernelPtr MakeDecode(const DecodeOptions& options) {
  return std::make_shared<internal::DecodeKernel>(options);
}

}  // namespace tideway::text
