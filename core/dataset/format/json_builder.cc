#include <arrow/builder.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "core/dataset/format/json_builder_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;
using simdjson::dom::element_type;

constexpr int64_t kExactInFloat64 = int64_t{1} << 53;

// The file is no longer what the first pass has seen.
Error Unexpected(std::string_view what) {
  return Error(ErrorKind::kConflict,
               fmt::format("{} that was not there at the first reading", what))
      .Hint("the file changed while it was read; run again")
      .Retryable();
}

}  // namespace

JsonBuilder::JsonBuilder(arrow::ArrayBuilder* builder) : builder_(builder) {
  const auto type = builder->type();
  for (int i = 0; i < builder->num_children(); ++i) parts_.emplace_back(builder->child(i));
  if (type->id() == Type::LIST) {
    parts_.emplace_back(static_cast<arrow::ListBuilder*>(builder)->value_builder());
  }
  if (type->id() != Type::STRUCT) return;
  for (const auto& field : type->fields()) names_.push_back(field->name());
  for (size_t i = 0; i < names_.size(); ++i) index_[names_[i]] = i;
}

JsonBuilder* JsonBuilder::MemberNamed(std::string_view key, size_t hint) {
  if (hint < names_.size() && names_[hint] == key) return &parts_[hint];
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &parts_[found->second];
}

Status JsonBuilder::AppendObject(const simdjson::dom::object& object) {
  const int64_t before = builder_->length();
  RETURN_NOT_OK(static_cast<arrow::StructBuilder*>(builder_)->Append());
  size_t hint = 0;
  for (const auto& [key, value] : object) {
    JsonBuilder* member = MemberNamed(key, hint++);
    const bool twice = member != nullptr && member->builder_->length() > before;
    if (member == nullptr || twice) return Unexpected(fmt::format("a key `{}`", key));
    RETURN_NOT_OK(member->AppendNulls(before - member->builder_->length()));
    RETURN_NOT_OK(member->Append(value));
  }
  return Status::OK();
}

// In a struct these are no values of its members: Complete() adds those.
Status JsonBuilder::AppendNulls(int64_t count) {
  if (count == 0) return Status::OK();
  if (builder_->type()->id() != Type::STRUCT) return builder_->AppendNulls(count);
  const std::vector<uint8_t> none(static_cast<size_t>(count), 0);
  return static_cast<arrow::StructBuilder*>(builder_)->AppendValues(count, none.data());
}

Status JsonBuilder::Complete() {
  const bool members = builder_->type()->id() == Type::STRUCT;
  for (JsonBuilder& part : parts_) {
    if (members) RETURN_NOT_OK(part.AppendNulls(builder_->length() - part.builder_->length()));
    RETURN_NOT_OK(part.Complete());
  }
  return Status::OK();
}

Status JsonBuilder::AppendList(const simdjson::dom::array& list) {
  RETURN_NOT_OK(static_cast<arrow::ListBuilder*>(builder_)->Append());
  for (const auto& item : list) RETURN_NOT_OK(parts_[0].Append(item));
  return Status::OK();
}

Status JsonBuilder::AppendNumber(const simdjson::dom::element& value) {
  const Type::type type = builder_->type()->id();
  if (value.type() == element_type::DOUBLE) {
    if (type != Type::DOUBLE) return Unexpected("a number");
    return static_cast<arrow::DoubleBuilder*>(builder_)->Append(double(value));
  }
  const int64_t whole = int64_t(value);
  if (type == Type::INT64) return static_cast<arrow::Int64Builder*>(builder_)->Append(whole);
  if (type != Type::DOUBLE) return Unexpected("a number");
  if (whole > kExactInFloat64 || whole < -kExactInFloat64) {
    return Error(ErrorKind::kData,
                 fmt::format("{} stands among floats and is no exact float64", whole))
        .Hint("write such numbers as strings");
  }
  return static_cast<arrow::DoubleBuilder*>(builder_)->Append(static_cast<double>(whole));
}

Status JsonBuilder::Append(const simdjson::dom::element& value) {
  const Type::type type = builder_->type()->id();
  switch (value.type()) {
    case element_type::NULL_VALUE:
      return AppendNulls(1);
    case element_type::BOOL:
      if (type != Type::BOOL) return Unexpected("a boolean");
      return static_cast<arrow::BooleanBuilder*>(builder_)->Append(bool(value));
    case element_type::INT64:
    case element_type::DOUBLE:
      return AppendNumber(value);
    case element_type::STRING:
      if (type != Type::STRING) return Unexpected("a string");
      return static_cast<arrow::StringBuilder*>(builder_)->Append(std::string_view(value));
    case element_type::ARRAY:
      if (type != Type::LIST) return Unexpected("a list");
      return AppendList(value.get_array().value_unsafe());
    case element_type::OBJECT:
      if (type != Type::STRUCT) return Unexpected("an object");
      return AppendObject(value.get_object().value_unsafe());
    case element_type::UINT64:
      break;
  }
  return Unexpected("a number beyond int64");
}

}  // namespace tideway::dataset
