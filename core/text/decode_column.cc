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

// What one looks through several times before the next: it stays in the processor's cache.
constexpr int64_t kPieceBytes = 64 << 10;

// Whether rows are UTF-8 of which nothing is to be changed, and of which there is nothing to tell:
// no mark, nothing that may be UTF-16, no line end to change, no mojibake.
class CleanRows {
 public:
  CleanRows(const DecodeOptions& options, bool tells) : options_(options), tells_(tells) {
    is_utf8_ = options.encoding.empty() || options.encoding == "utf-8";
  }

  template <typename ArrayType>
  bool Are(const ArrayType& column) const {
    if (!is_utf8_ || options_.newlines == Newlines::kCrlf) return false;
    const char* data = reinterpret_cast<const char*>(column.raw_data());
    for (int64_t row = 0; row < column.length();) {
      const int64_t first = row;
      const auto begin = column.value_offset(first);
      while (row < column.length() && column.value_offset(row) - begin < kPieceBytes) ++row;
      const auto bytes = static_cast<size_t>(column.value_offset(row) - begin);
      if (bytes == 0) continue;
      const std::string_view piece(data + begin, bytes);
      if (!IsClean(piece)) return false;
      const bool is_ascii = internal::FirstBeyondAscii(piece) == bytes;
      if (is_ascii) continue;
      for (int64_t i = first; i < row; ++i) {
        if (!IsCleanRow(column.GetView(i))) return false;
      }
    }
    return true;
  }

 private:
  bool IsClean(std::string_view piece) const {
    if (!simdjson::validate_utf8(piece.data(), piece.size())) return false;
    if (std::memchr(piece.data(), 0, piece.size()) != nullptr) return false;
    const bool returns_matter = tells_ || options_.newlines != Newlines::kKeep;
    if (returns_matter && std::memchr(piece.data(), '\r', piece.size()) != nullptr) return false;
    return !tells_ || (piece.find("???") == piece.npos && piece.find("\xEF\xBF\xBD") == piece.npos);
  }
  bool IsCleanRow(std::string_view text) const {
    if (Continues(text) || text.starts_with("\xEF\xBB\xBF")) return false;
    return !options_.mojibake || !MendMojibake(text);
  }

  const DecodeOptions& options_;
  const bool tells_;
  bool is_utf8_;
};

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
  ColumnDecoder(const DecodeOptions& options, Findings* findings)
      : options_(options), findings_(findings) {}

  template <typename ArrayType, typename TextType>
  Result<ArrayPtr> Decode(const ArrayPtr& array) {
    const auto& column = static_cast<const ArrayType&>(*array);
    if (CleanRows(options_, findings_ != nullptr && findings_->tells_counts).Are(column)) {
      return AsType(array, arrow::TypeTraits<TextType>::type_singleton());
    }
    typename arrow::TypeTraits<TextType>::BuilderType builder;
    RETURN_NOT_OK(builder.Reserve(column.length()));
    RETURN_NOT_OK(builder.ReserveData(column.total_values_length()));
    for (int64_t row = 0; row < column.length(); ++row) {
      RETURN_NOT_OK(AppendRow(column, row, &builder));
    }
    return builder.Finish();
  }

 private:
  template <typename ArrayType, typename Builder>
  Status AppendRow(const ArrayType& column, int64_t row, Builder* builder) {
    if (column.IsNull(row)) return Note({}, builder->AppendNull());
    const std::string_view bytes = column.GetView(row);
    DecodedText decoded = DecodeText(bytes, options_);
    const bool by_option =
        options_.on_unknown == OnUnknown::kReplace || options_.on_unknown == OnUnknown::kLatin1;
    const bool has_text = decoded.problem.empty() || by_option;
    if (has_text) {
      const Status appended = builder->Append(decoded.text ? *decoded.text : bytes);
      return Note(std::move(decoded), appended);
    }
    if (options_.on_unknown == OnUnknown::kRefuse) return RowFault(row, decoded);
    return Note(std::move(decoded), builder->AppendNull());
  }

  Status Note(DecodedText decoded, const Status& appended) {
    if (findings_ == nullptr) return appended;
    decoded.text.reset();
    findings_->rows.push_back(std::move(decoded));
    return appended;
  }

  const DecodeOptions& options_;
  Findings* findings_;
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
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker& /*worker*/) const override {
    return DecodeColumn(column, options_, nullptr);
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
                              Findings* findings) {
  RETURN_NOT_OK(DecodedType(*column->type()));
  ColumnDecoder decoder(options, findings);
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
