#include "core/sql/postgres/encoders.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/dataset/row_error.h"
#include "core/sql/postgres/typed_encoder_internal.h"
#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr char kJsonbVersion = 1;
constexpr int kModifierOffset = 4;

enum TypeOid : Oid {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOidType = 26,
  kName = 19,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kBpchar = 1042,
  kVarchar = 1043,
  kDate = 1082,
  kTime = 1083,
  kTimestamp = 1114,
  kTimestampTz = 1184,
  kInterval = 1186,
  kNumeric = 1700,
  kUuid = 2950,
  kJsonb = 3802,
};

Status PutText(std::string_view text, std::string& out) {
  if (const size_t at = text.find('\0'); at != text.npos) {
    return Holds(fmt::format("a NUL byte, which PostgreSQL text cannot: at byte {}", at + 1));
  }
  out += text;
  return Status::OK();
}

Status PutBytes(std::string_view bytes, std::string& out) {
  out += bytes;
  return Status::OK();
}

Status PutJsonb(std::string_view text, std::string& out) {
  out += kJsonbVersion;
  return PutText(text, out);
}

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

// `modifier` is of a varchar or char: the server would cut blanks that are too many.
EncoderPtr MakeText(const arrow::Field& field, int modifier = -1) {
  const int64_t limit =
      modifier < kModifierOffset ? std::numeric_limits<int64_t>::max() : modifier - kModifierOffset;
  auto put = [limit](std::string_view text, std::string& out) -> Status {
    const bool may_exceed = static_cast<int64_t>(text.size()) > limit;
    if (may_exceed && CountCharacters(text) > limit) {
      return Holds(fmt::format("more than {} characters", limit));
    }
    return PutText(text, out);
  };
  if (auto encoder = FromText(field.type()->id(), put)) return encoder;
  return WriteLabels<std::string>(field, put);
}

EncoderPtr MakeJson(const arrow::Field& field, Status (*put)(std::string_view, std::string&)) {
  if (auto encoder = FromText(field.type()->id(), put)) return encoder;
  return WriteJson<std::string>(field, put);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// 32 hexadecimal digits, with hyphens and in braces as the server takes them.
Status PutUuid(std::string_view text, std::string& out) {
  std::vector<int> digits;
  for (const char c : text) {
    if (c != '-' && c != '{' && c != '}') digits.push_back(HexValue(c));
  }
  bool good = digits.size() == 2 * kUuidBytes;
  for (const int digit : digits) good = good && digit >= 0;
  if (!good) return Holds(fmt::format("no UUID: {}", dataset::CutText(text, kShownBytes)));
  for (size_t i = 0; i < digits.size(); i += 2) {
    out += static_cast<char>(digits[i] * 16 + digits[i + 1]);
  }
  return Status::OK();
}

EncoderPtr MakeUuid(const arrow::DataType& type) {
  if (auto encoder = FromText(type.id(), PutUuid)) return encoder;
  if (type.id() != Type::FIXED_SIZE_BINARY) return nullptr;
  const int width = static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width();
  return width == kUuidBytes ? Make<arrow::FixedSizeBinaryArray>(PutBytes) : nullptr;
}

EncoderPtr MakeBool(const arrow::DataType& type) {
  if (type.id() != Type::BOOL) return nullptr;
  return Make<arrow::BooleanArray>([](bool value, std::string& out) {
    out += value ? '\1' : '\0';
    return Status::OK();
  });
}

EncoderPtr MakeSingle(const arrow::Field& field, const TargetType& target) {
  const arrow::DataType& type = *field.type();
  switch (target.oid) {
    case kBool:
      return MakeBool(type);
    case kInt2:
      return MakeInt2(type);
    case kInt4:
      return MakeInt4(type);
    case kInt8:
      return MakeInt8(type);
    case kOidType:
      return MakeOid(type);
    case kFloat4:
      return MakeFloat4(type);
    case kFloat8:
      return MakeFloat8(type);
    case kNumeric:
      return MakeNumeric(type, target.modifier);
    case kVarchar:
    case kBpchar:
      return MakeText(field, target.modifier);
    case kText:
    case kName:
      return MakeText(field);
    case kJson:
      return MakeJson(field, PutText);
    case kJsonb:
      return MakeJson(field, PutJsonb);
    case kBytea:
      return FromBinary(type.id(), PutBytes);
    case kUuid:
      return MakeUuid(type);
    case kDate:
      return MakeDate(type);
    case kTime:
      return MakeTime(type, target.modifier);
    case kTimestamp:
      return MakeTimestamp(type, target.modifier, false);
    case kTimestampTz:
      return MakeTimestamp(type, target.modifier, true);
    case kInterval:
      return target.modifier < 0 ? MakeInterval(type) : nullptr;  // the server would round
    default:
      return target.text_like ? MakeText(field) : nullptr;
  }
}

// Dimensions, has-null flag, element type; size and lower bound; the elements.
template <typename List>
class ListEncoder : public Encoder {
 public:
  ListEncoder(EncoderPtr items, Oid element) : items_(std::move(items)), element_(element) {}
  void Bind(const arrow::Array& array) override {
    array_ = &static_cast<const List&>(array);
    values_ = array_->values();
    items_->Bind(*values_);
  }
  Status Append(int64_t row, std::string& out) override {
    const int64_t first = array_->value_offset(row);
    const int64_t size = array_->value_length(row);
    AppendBigEndian<int32_t>(size > 0 ? 1 : 0, out);
    AppendBigEndian<int32_t>(values_->Slice(first, size)->null_count() > 0 ? 1 : 0, out);
    AppendBigEndian(element_, out);
    if (size > 0) AppendBigEndian(static_cast<int32_t>(size), out);
    if (size > 0) AppendBigEndian<int32_t>(1, out);
    for (int64_t i = first; i < first + size; ++i) {
      RETURN_NOT_OK(AppendField(*items_, *values_, i, out));
    }
    return Status::OK();
  }

 private:
  const EncoderPtr items_;
  const Oid element_;
  const List* array_ = nullptr;
  std::shared_ptr<arrow::Array> values_;
};

EncoderPtr MakeList(const arrow::Field& field, const TargetType& target) {
  if (!arrow::is_list_like(field.type()->id()) || field.type()->id() == Type::MAP) return nullptr;
  TargetType element = target;
  element.oid = target.element;
  element.element = 0;
  auto items = MakeEncoder(*field.type()->field(0), element);
  if (!items) return nullptr;
  switch (field.type()->id()) {
    case Type::LIST:
      return std::make_unique<ListEncoder<arrow::ListArray>>(std::move(items), target.element);
    case Type::LARGE_LIST:
      return std::make_unique<ListEncoder<arrow::LargeListArray>>(std::move(items), target.element);
    case Type::FIXED_SIZE_LIST:
      return std::make_unique<ListEncoder<arrow::FixedSizeListArray>>(std::move(items),
                                                                      target.element);
    default:
      return nullptr;
  }
}

}  // namespace

Status AppendField(Encoder& encoder, const arrow::Array& array, int64_t row, std::string& out) {
  if (array.IsNull(row)) {
    AppendBigEndian<int32_t>(-1, out);
    return Status::OK();
  }
  const size_t length_at = out.size();
  out.resize(length_at + sizeof(int32_t));
  RETURN_NOT_OK(encoder.Append(row, out));
  const size_t length = out.size() - length_at - sizeof(int32_t);
  if (!std::in_range<int32_t>(length)) return Holds("more than 2 GiB");
  StoreBigEndian(static_cast<int32_t>(length), out.data() + length_at);
  return Status::OK();
}

EncoderPtr MakeEncoder(const arrow::Field& field, const TargetType& target) {
  const auto make = target.element == 0 ? MakeSingle : MakeList;
  return Unwrapped<std::string>(field,
                                [&](const arrow::Field& inner) { return make(inner, target); });
}

EncoderPtr MakeTextEncoder(const arrow::Field& field) { return MakeEncoder(field, {.oid = kText}); }

}  // namespace tideway::sql::postgres
