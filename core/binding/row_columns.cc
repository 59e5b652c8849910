#include "core/binding/row_columns.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/util/bitmap_generate.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/dataset/row_error.h"

namespace tideway::binding {

namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using BufferPtr = std::shared_ptr<arrow::Buffer>;

enum State : uint8_t { kValue = 0, kNull = 1, kNotGiven = 2 };

bool IsText(const std::string& kind) { return kind == "text" || kind == "large_text"; }

// Bytes per row of the buffer that the loop writes: booleans as bytes.
int64_t WidthOf(const arrow::DataType& type) {
  return type.id() == Type::BOOL ? 1 : type.bit_width() / 8;
}

template <typename Test>
Result<BufferPtr> Bitmap(const std::vector<uint8_t>& bytes, Test&& test) {
  const auto rows = static_cast<int64_t>(bytes.size());
  ARROW_ASSIGN_OR_RAISE(BufferPtr bitmap, arrow::AllocateEmptyBitmap(rows));
  const uint8_t* next = bytes.data();
  arrow::internal::GenerateBitsUnrolled(bitmap->mutable_data(), 0, rows,
                                        [&] { return test(*next++); });
  return bitmap;
}

// Not-a-number has many bit patterns, and which one comes out differs between compiled and
// interpreted code.
template <typename Float>
void UnifyNan(arrow::Buffer* values) {
  auto* begin = reinterpret_cast<Float*>(values->mutable_data());
  auto* end = begin + values->size() / static_cast<int64_t>(sizeof(Float));
  std::replace_if(
      begin, end, [](Float v) { return std::isnan(v); }, std::numeric_limits<Float>::quiet_NaN());
}

// Null where no row is null.
Result<BufferPtr> Validity(const std::vector<uint8_t>& state) {
  if (std::all_of(state.begin(), state.end(), [](uint8_t s) { return s == kValue; })) {
    return BufferPtr();
  }
  return Bitmap(state, [](uint8_t s) { return s == kValue; });
}

bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// The bytes of all rows are checked at once; then no row may begin within a character.
template <typename ArrayType>
Status CheckUtf8(const RowOutput& output, const arrow::Array& array,
                 std::span<const uint32_t> parents) {
  const auto& texts = static_cast<const ArrayType&>(array);
  const auto begin = texts.value_offset(0);
  const auto bytes = static_cast<size_t>(texts.value_offset(texts.length()) - begin);
  const char* data = reinterpret_cast<const char*>(texts.raw_data()) + begin;
  bool valid = simdjson::validate_utf8(data, bytes);
  for (int64_t i = 0; valid && i < texts.length(); ++i) {
    const auto view = texts.GetView(i);
    valid = view.empty() || !IsContinuation(static_cast<uint8_t>(view[0]));
  }
  if (valid) return Status::OK();
  for (int64_t i = 0; i < texts.length(); ++i) {
    const auto view = texts.GetView(i);
    if (simdjson::validate_utf8(view.data(), view.size())) continue;
    return dataset::AtRow(
        parents.empty() ? i : parents[static_cast<size_t>(i)],
        Error(ErrorKind::kScript, std::string(output.operation) + ": the text for column `" +
                                      output.name + "` is not valid UTF-8")
            .Hint("a :sub may have cut a character; for raw bytes declare returns = { " +
                  output.name + " = \"binary\" }"));
  }
  return Status::OK();
}

Status CheckText(const RowOutput& output, const arrow::Array& array,
                 std::span<const uint32_t> parents) {
  if (array.type_id() == Type::STRING) return CheckUtf8<arrow::StringArray>(output, array, parents);
  if (array.type_id() == Type::LARGE_STRING) {
    return CheckUtf8<arrow::LargeStringArray>(output, array, parents);
  }
  return Status::OK();
}

}  // namespace

std::string ReadKind(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::NA:
      return "null";
    default:
      return WriteKind(type);
  }
}

std::string WriteKind(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
      return "bool";
    case Type::FLOAT:
      return "float32";
    case Type::DOUBLE:
      return "float64";
    case Type::STRING:
    case Type::BINARY:
      return "text";
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return "large_text";
    case Type::DATE32:
    case Type::TIME32:
      return "int32";
    case Type::DATE64:
    case Type::TIME64:
    case Type::TIMESTAMP:
    case Type::DURATION:
      return "int64";
    default:
      return arrow::is_integer(type.id()) ? type.name() : "";
  }
}

std::shared_ptr<arrow::DataType> ReadableType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DICTIONARY: {
      const auto& values = static_cast<const arrow::DictionaryType&>(type).value_type();
      const auto readable = ReadableType(*values);
      return readable ? readable : values;
    }
    case Type::STRING_VIEW:
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      return arrow::utf8();
    case Type::BINARY_VIEW:
      return arrow::binary();
    case Type::HALF_FLOAT:
      return arrow::float32();
    default:
      return nullptr;
  }
}

Result<RowResults> RowResults::Allocate(const std::vector<RowOutput>& outputs, int64_t rows,
                                        const std::vector<int64_t>& text_bytes) {
  RowResults results;
  results.rows_ = rows;
  for (const RowOutput& output : outputs) {
    Slot slot;
    slot.state.assign(static_cast<size_t>(rows), kValue);
    const std::string kind = WriteKind(*output.type);
    if (IsText(kind)) {
      slot.builder = std::make_unique<TextBuilder>(kind == "large_text");
      const size_t index = results.slots_.size();
      RETURN_NOT_OK(slot.builder->Reserve(rows, index < text_bytes.size() ? text_bytes[index] : 0));
    } else {
      ARROW_ASSIGN_OR_RAISE(slot.values,
                            arrow::AllocateResizableBuffer(rows * WidthOf(*output.type)));
      // Rows without a value hold zero, so that equal results are equal bytes.
      std::fill_n(slot.values->mutable_data(), slot.values->size(), uint8_t{0});
    }
    results.slots_.push_back(std::move(slot));
  }
  for (Slot& slot : results.slots_) {
    void* values = slot.values ? slot.values->mutable_data() : nullptr;
    results.columns_.push_back({slot.state.data(), values, slot.builder.get()});
  }
  return results;
}

Status RowResults::Truncate(int64_t rows, std::span<const uint32_t> parents) {
  rows_ = rows;
  parents_ = parents.first(static_cast<size_t>(rows));
  for (Slot& slot : slots_) {
    const auto before = static_cast<int64_t>(slot.state.size());
    slot.state.resize(static_cast<size_t>(rows));
    if (slot.values == nullptr || before == 0) continue;
    RETURN_NOT_OK(slot.values->Resize(slot.values->size() / before * rows));
  }
  return Status::OK();
}

bool RowResults::LacksValues(size_t index) const {
  const std::vector<uint8_t>& state = slots_[index].state;
  return std::any_of(state.begin(), state.end(), [](uint8_t s) { return s == kNotGiven; });
}

std::vector<int64_t> RowResults::text_bytes() const {
  std::vector<int64_t> bytes;
  for (const Slot& slot : slots_) bytes.push_back(slot.builder ? slot.builder->bytes() : 0);
  return bytes;
}

Result<ArrayPtr> RowResults::Finish(size_t index, const RowOutput& output, const ArrayPtr& old) {
  Slot& slot = slots_[index];
  ARROW_ASSIGN_OR_RAISE(BufferPtr validity, Validity(slot.state));
  std::vector<BufferPtr> buffers = {validity};
  if (slot.builder) {
    ARROW_ASSIGN_OR_RAISE(auto parts, slot.builder->Finish());
    buffers.insert(buffers.end(), {parts.first, parts.second});
  } else if (output.type->id() == Type::BOOL) {
    const std::vector<uint8_t> bytes(slot.values->data(), slot.values->data() + rows_);
    ARROW_ASSIGN_OR_RAISE(BufferPtr bits, Bitmap(bytes, [](uint8_t b) { return b != 0; }));
    buffers.push_back(bits);
  } else {
    if (output.type->id() == Type::FLOAT) UnifyNan<float>(slot.values.get());
    if (output.type->id() == Type::DOUBLE) UnifyNan<double>(slot.values.get());
    buffers.push_back(slot.values);
  }
  ArrayPtr array = arrow::MakeArray(arrow::ArrayData::Make(output.type, rows_, std::move(buffers)));
  RETURN_NOT_OK(CheckText(output, *array, parents_));
  if (!LacksValues(index) || !old) return array;
  ARROW_ASSIGN_OR_RAISE(BufferPtr given,
                        Bitmap(slot.state, [](uint8_t s) { return s != kNotGiven; }));
  const auto mask = std::make_shared<arrow::BooleanArray>(rows_, given);
  ARROW_ASSIGN_OR_RAISE(arrow::Datum kept, arrow::compute::Cast(old, output.type));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum merged,
                        arrow::compute::CallFunction("if_else", {mask, array, kept}));
  return merged.make_array();
}

}  // namespace tideway::binding
