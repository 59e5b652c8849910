// Arrow columns, value by value, into whatever a database takes: what the members of sql/ build
// their writers of tables from.
//
//   auto writer = WriteIntegers<std::string>(type.id(), [](auto value, std::string& out) {
//     out += std::to_string(value);
//     return Status::OK();
//   });                                                       // null where it is no integer
//   writer->Bind(*batch->column(0));
//   RETURN_NOT_OK(writer->Append(row, out));                  // of a row that is not null
//
// An error says what the value holds, not where it is. Threads: one at a time.
#pragma once

#include <arrow/api.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/features.h"
#include "core/dataset/format/json_text.h"

namespace tideway::sql {

template <typename Out>
class ValueWriter {
 public:
  virtual ~ValueWriter() = default;
  // The array that Append() takes values from. It must outlive their use.
  virtual void Bind(const arrow::Array& array) = 0;
  // Writes the value in `row`, which is not null.
  virtual Status Append(int64_t row, Out& out) = 0;
};
template <typename Out>
using WriterPtr = std::unique_ptr<ValueWriter<Out>>;

// How much of a text an error shows.
inline constexpr size_t kShownBytes = 40;

inline Status Holds(std::string what) {
  return Error(ErrorKind::kData, "holds " + std::move(what));
}
template <typename T>
Status HoldsNumber(T value) {
  return Holds(fmt::format("{}", value));
}

// Turns a value that an array's GetView() gives into bytes.
template <typename Out, typename Array, typename Write>
class TypedWriter : public ValueWriter<Out> {
 public:
  explicit TypedWriter(Write write) : write_(std::move(write)) {}
  void Bind(const arrow::Array& array) override { array_ = static_cast<const Array*>(&array); }
  Status Append(int64_t row, Out& out) override { return write_(array_->GetView(row), out); }

 private:
  const Write write_;
  const Array* array_ = nullptr;
};

template <typename Out, typename Array, typename Write>
WriterPtr<Out> MakeWriter(Write write) {
  return std::make_unique<TypedWriter<Out, Array, Write>>(std::move(write));
}

template <typename Out, typename Write>
WriterPtr<Out> WriteIntegers(arrow::Type::type id, Write write) {
  switch (id) {
    case arrow::Type::INT8:
      return MakeWriter<Out, arrow::Int8Array>(write);
    case arrow::Type::INT16:
      return MakeWriter<Out, arrow::Int16Array>(write);
    case arrow::Type::INT32:
      return MakeWriter<Out, arrow::Int32Array>(write);
    case arrow::Type::INT64:
      return MakeWriter<Out, arrow::Int64Array>(write);
    case arrow::Type::UINT8:
      return MakeWriter<Out, arrow::UInt8Array>(write);
    case arrow::Type::UINT16:
      return MakeWriter<Out, arrow::UInt16Array>(write);
    case arrow::Type::UINT32:
      return MakeWriter<Out, arrow::UInt32Array>(write);
    case arrow::Type::UINT64:
      return MakeWriter<Out, arrow::UInt64Array>(write);
    default:
      return nullptr;
  }
}

template <typename Out, typename Write>
WriterPtr<Out> WriteFloats(arrow::Type::type id, Write write) {
  switch (id) {
    case arrow::Type::HALF_FLOAT:
      return MakeWriter<Out, arrow::HalfFloatArray>([write](uint16_t bits, Out& out) {
        return write(arrow::util::Float16::FromBits(bits).ToFloat(), out);
      });
    case arrow::Type::FLOAT:
      return MakeWriter<Out, arrow::FloatArray>(write);
    case arrow::Type::DOUBLE:
      return MakeWriter<Out, arrow::DoubleArray>(write);
    default:
      return nullptr;
  }
}

template <typename Out, typename Write>
WriterPtr<Out> WriteText(arrow::Type::type id, Write write) {
  switch (id) {
    case arrow::Type::STRING:
      return MakeWriter<Out, arrow::StringArray>(write);
    case arrow::Type::LARGE_STRING:
      return MakeWriter<Out, arrow::LargeStringArray>(write);
    case arrow::Type::STRING_VIEW:
      return MakeWriter<Out, arrow::StringViewArray>(write);
    default:
      return nullptr;
  }
}

template <typename Out, typename Write>
WriterPtr<Out> WriteBinary(arrow::Type::type id, Write write) {
  switch (id) {
    case arrow::Type::BINARY:
      return MakeWriter<Out, arrow::BinaryArray>(write);
    case arrow::Type::LARGE_BINARY:
      return MakeWriter<Out, arrow::LargeBinaryArray>(write);
    case arrow::Type::BINARY_VIEW:
      return MakeWriter<Out, arrow::BinaryViewArray>(write);
    case arrow::Type::FIXED_SIZE_BINARY:
      return MakeWriter<Out, arrow::FixedSizeBinaryArray>(write);
    default:
      return nullptr;
  }
}

// Labels by their names, which go to `write`; null where `field` has none.
template <typename Out, typename Write>
WriterPtr<Out> WriteLabels(const arrow::Field& field, Write write) {
  auto names = dataset::LabelsOf(field);
  if (!names || field.type()->id() != arrow::Type::INT64) return nullptr;
  return MakeWriter<Out, arrow::Int64Array>(
      [names = *std::move(names), write](int64_t label, Out& out) -> Status {
        if (!std::in_range<size_t>(label) || static_cast<size_t>(label) >= names.size()) {
          return Holds(fmt::format("a label without a name: {}", label));
        }
        return write(std::string_view(names[static_cast<size_t>(label)]), out);
      });
}

// Never asked for a value: all are null.
template <typename Out>
class NullWriter : public ValueWriter<Out> {
 public:
  void Bind(const arrow::Array&) override {}
  Status Append(int64_t, Out&) override { return Status::OK(); }
};

// Values that stand elsewhere: behind a dictionary's indices, in an extension's storage.
template <typename Out>
class DictionaryWriter : public ValueWriter<Out> {
 public:
  explicit DictionaryWriter(WriterPtr<Out> values) : values_(std::move(values)) {}
  void Bind(const arrow::Array& array) override {
    array_ = &static_cast<const arrow::DictionaryArray&>(array);
    values_->Bind(*array_->dictionary());
  }
  Status Append(int64_t row, Out& out) override {
    const int64_t index = array_->GetValueIndex(row);
    if (array_->dictionary()->IsNull(index)) return Holds("a null inside its dictionary");
    return values_->Append(index, out);
  }

 private:
  const WriterPtr<Out> values_;
  const arrow::DictionaryArray* array_ = nullptr;
};

template <typename Out>
class StorageWriter : public ValueWriter<Out> {
 public:
  explicit StorageWriter(WriterPtr<Out> values) : values_(std::move(values)) {}
  void Bind(const arrow::Array& array) override {
    storage_ = static_cast<const arrow::ExtensionArray&>(array).storage();
    values_->Bind(*storage_);
  }
  Status Append(int64_t row, Out& out) override { return values_->Append(row, out); }

 private:
  const WriterPtr<Out> values_;
  std::shared_ptr<arrow::Array> storage_;
};

// Whether structs and lists of `type`, at any depth, have a form in JSON.
inline bool HasJsonForm(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      break;
    case arrow::Type::EXTENSION:
      return HasJsonForm(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return type.id() == arrow::Type::NA || type.id() == arrow::Type::BOOL ||
             arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
             arrow::is_decimal(type.id()) || arrow::is_date(type.id()) ||
             arrow::is_time(type.id()) || arrow::is_string(type.id()) ||
             type.id() == arrow::Type::TIMESTAMP || type.id() == arrow::Type::DURATION;
  }
  for (const auto& field : type.fields()) {
    if (!HasJsonForm(*field->type())) return false;
  }
  return true;
}

// Structs and lists as JSON, which goes to `write`.
template <typename Out, typename Write>
class JsonWriter : public ValueWriter<Out> {
 public:
  JsonWriter(std::string name, Write write) : name_(std::move(name)), write_(std::move(write)) {}
  void Bind(const arrow::Array& array) override {
    append_ = dataset::JsonText(
        arrow::MakeArray(array.data()), name_, [](const std::string& path, std::string_view value) {
          return Holds(fmt::format("{} in `{}`, which JSON has not", value, path));
        });
  }
  Status Append(int64_t row, Out& out) override {
    text_.clear();
    RETURN_NOT_OK(append_(row, text_));
    return write_(std::string_view(text_), out);
  }

 private:
  const std::string name_;
  const Write write_;
  dataset::AppendJson append_;
  std::string text_;
};

// Null where `field` is no struct or list, or one without a form in JSON.
template <typename Out, typename Write>
WriterPtr<Out> WriteJson(const arrow::Field& field, Write write) {
  const auto id = field.type()->id();
  const bool nested = id == arrow::Type::STRUCT || id == arrow::Type::LIST ||
                      id == arrow::Type::LARGE_LIST || id == arrow::Type::FIXED_SIZE_LIST;
  if (!nested || !HasJsonForm(*field.type())) return nullptr;
  return std::make_unique<JsonWriter<Out, Write>>(field.name(), std::move(write));
}

// What `make` makes for the values of `field`, wherever they stand.
template <typename Out, typename Make>
WriterPtr<Out> Unwrapped(const arrow::Field& field, const Make& make) {
  const auto& type = field.type();
  if (type->id() == arrow::Type::NA) return std::make_unique<NullWriter<Out>>();
  if (type->id() == arrow::Type::DICTIONARY) {
    const auto& values = static_cast<const arrow::DictionaryType&>(*type).value_type();
    auto writer = Unwrapped<Out>(*field.WithType(values), make);
    return writer ? std::make_unique<DictionaryWriter<Out>>(std::move(writer)) : nullptr;
  }
  if (type->id() == arrow::Type::EXTENSION) {
    const auto& storage = static_cast<const arrow::ExtensionType&>(*type).storage_type();
    auto writer = Unwrapped<Out>(*field.WithType(storage), make);
    return writer ? std::make_unique<StorageWriter<Out>>(std::move(writer)) : nullptr;
  }
  return make(field);
}

}  // namespace tideway::sql
