// JSON values into Arrow arrays of a type that was found beforehand.
#pragma once

#include <arrow/type_fwd.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

class JsonBuilder {
 public:
  // `builder` is of a type that JsonType::ToArrow gives, and outlives this object.
  explicit JsonBuilder(arrow::ArrayBuilder* builder);
  // An error without a place: its message says what is wrong with the value.
  Status Append(const simdjson::dom::element& value);
  // Before the builder is finished: a member gets the nulls of the objects without it when it is
  // next met, so that a line costs what is in it; here the rest of them.
  Status Complete();

 private:
  Status AppendNulls(int64_t count);
  Status AppendNumber(const simdjson::dom::element& value);
  Status AppendObject(const simdjson::dom::object& object);
  Status AppendList(const simdjson::dom::array& list);
  JsonBuilder* MemberNamed(std::string_view key, size_t hint);

  arrow::ArrayBuilder* const builder_;
  std::vector<std::string> names_;  // of parts_, in a struct
  std::vector<JsonBuilder> parts_;
  std::unordered_map<std::string_view, size_t> index_;  // of names_
};

}  // namespace tideway::dataset
