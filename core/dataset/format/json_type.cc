#include <arrow/type.h>
#include <fmt/format.h>

#include "core/dataset/format/json_type_internal.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {

using simdjson::dom::element_type;

std::string_view JsonType::NameOf(Kind kind) {
  constexpr std::string_view kNames[] = {"null",     "a boolean", "a number", "a number",
                                         "a string", "a list",    "an object"};
  return kNames[static_cast<size_t>(kind)];
}

Error JsonType::ErrorAt(const JsonPlace& place, const std::string& what) const {
  const std::string where = keys_.empty() ? "" : fmt::format("`{}`: ", keys_);
  return Error(ErrorKind::kData,
               fmt::format("read.jsonl: {}:{}: {}{}", place.path, place.line, where, what));
}

Status JsonType::Become(Kind kind, const JsonPlace& place) {
  const bool numbers = (kind_ == Kind::kInt && kind == Kind::kFloat) ||
                       (kind_ == Kind::kFloat && kind == Kind::kInt);
  if (kind_ == kind) return Status::OK();
  if (kind_ == Kind::kNull || numbers) {
    if (kind_ == Kind::kNull) place_ = place;
    if (kind_ != Kind::kFloat) kind_ = kind;
    return Status::OK();
  }
  return ErrorAt(place, fmt::format("{} where {}:{} has {}", NameOf(kind), place_.path, place_.line,
                                    NameOf(kind_)))
      .Hint("a column holds values of one kind; make them alike, or leave the key out");
}

Result<JsonType*> JsonType::MemberNamed(std::string_view key, size_t hint, const JsonPlace& place) {
  if (hint < parts_.size() && parts_[hint]->name_ == key) return parts_[hint].get();
  const auto found = index_.find(key);
  if (found != index_.end()) return parts_[found->second].get();
  if (parts_.size() == kMaxJsonMembers) {
    return ErrorAt(place, fmt::format("more than {} different keys, here `{}`", kMaxJsonMembers,
                                      CutText(key, 80)))
        .Hint(
            "each key is a column; where keys are data, write a list of objects instead, each "
            "with its key and its value as members");
  }
  auto member = std::make_unique<JsonType>();
  member->name_ = key;
  member->keys_ = keys_.empty() ? member->name_ : keys_ + "." + member->name_;
  member->depth_ = depth_ + 1;
  index_[member->name_] = parts_.size();
  parts_.push_back(std::move(member));
  return parts_.back().get();
}

Status JsonType::ObserveObject(const simdjson::dom::object& object, const JsonPlace& place) {
  ++objects_;
  size_t hint = 0;
  for (const auto& [key, value] : object) {
    ARROW_ASSIGN_OR_RAISE(JsonType * member, MemberNamed(key, hint++, place));
    if (member->last_object_ == objects_) {
      return member->ErrorAt(place, "the key stands twice in one object");
    }
    member->last_object_ = objects_;
    RETURN_NOT_OK(member->Observe(value, place));
  }
  return Status::OK();
}

Status JsonType::ObserveList(const simdjson::dom::array& list, const JsonPlace& place) {
  if (parts_.empty()) {
    parts_.push_back(std::make_unique<JsonType>());
    parts_[0]->keys_ = keys_ + "[]";
    parts_[0]->depth_ = depth_ + 1;
  }
  for (const auto& item : list) RETURN_NOT_OK(parts_[0]->Observe(item, place));
  return Status::OK();
}

Status JsonType::Observe(const simdjson::dom::element& value, const JsonPlace& place) {
  const element_type type = value.type();
  switch (type) {
    case element_type::NULL_VALUE:
      return Status::OK();
    case element_type::BOOL:
      return Become(Kind::kBool, place);
    case element_type::INT64:
      return Become(Kind::kInt, place);
    case element_type::UINT64:
      return ErrorAt(place, "a whole number beyond int64").Hint("write such numbers as strings");
    case element_type::DOUBLE:
      return Become(Kind::kFloat, place);
    case element_type::STRING:
      return Become(Kind::kString, place);
    case element_type::ARRAY:
    case element_type::OBJECT:
      break;
  }
  if (depth_ > kMaxJsonDepth) {
    return ErrorAt(place, fmt::format("nested below {} levels", kMaxJsonDepth));
  }
  if (type == element_type::ARRAY) {
    RETURN_NOT_OK(Become(Kind::kList, place));
    return ObserveList(value.get_array().value_unsafe(), place);
  }
  RETURN_NOT_OK(Become(Kind::kObject, place));
  return ObserveObject(value.get_object().value_unsafe(), place);
}

Status JsonType::Merge(const JsonType& other) {
  if (other.kind_ == Kind::kNull) return Status::OK();
  if (keys_.empty()) keys_ = other.keys_;
  RETURN_NOT_OK(Become(other.kind_, other.place_));
  for (const auto& part : other.parts_) {
    if (kind_ == Kind::kObject) {
      ARROW_ASSIGN_OR_RAISE(JsonType * member,
                            MemberNamed(part->name_, parts_.size(), part->place_));
      RETURN_NOT_OK(member->Merge(*part));
    } else {
      if (parts_.empty()) parts_.push_back(std::make_unique<JsonType>());
      RETURN_NOT_OK(parts_[0]->Merge(*part));
    }
  }
  return Status::OK();
}

std::shared_ptr<arrow::DataType> JsonType::ToArrow() const {
  switch (kind_) {
    case Kind::kNull:
      return arrow::null();
    case Kind::kBool:
      return arrow::boolean();
    case Kind::kInt:
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float64();
    case Kind::kString:
      return arrow::utf8();
    case Kind::kList:
      return arrow::list(parts_[0]->ToArrow());
    case Kind::kObject:
      break;
  }
  arrow::FieldVector members;
  for (const auto& part : parts_) members.push_back(arrow::field(part->name_, part->ToArrow()));
  return arrow::struct_(std::move(members));
}

}  // namespace tideway::dataset
