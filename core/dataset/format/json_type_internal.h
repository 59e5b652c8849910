// The type of a JSON value as far as it was seen, and its growth by more values.
#pragma once

#include <arrow/type_fwd.h>
#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

inline constexpr int kMaxJsonDepth = 32;
// Of one object, over all rows: each is a column.
inline constexpr size_t kMaxJsonMembers = 1000;

// Where a value stands.
struct JsonPlace {
  std::string_view path;  // of the file; outlives the type
  int64_t line = 0;
};

class JsonType {
 public:
  // Takes `value` in. Errors of kind data name the place, the path of keys and what is wrong: two
  // kinds of value in one place, a whole number beyond int64, a key twice in one object, more
  // than kMaxJsonMembers different keys, too deep.
  Status Observe(const simdjson::dom::element& value, const JsonPlace& place);
  // Takes in all that `other` has seen.
  Status Merge(const JsonType& other);
  // null, bool, int64, float64, string, list or struct.
  std::shared_ptr<arrow::DataType> ToArrow() const;

 private:
  enum class Kind { kNull, kBool, kInt, kFloat, kString, kList, kObject };
  struct Member;

  static std::string_view NameOf(Kind kind);
  Status Become(Kind kind, const JsonPlace& place);
  Status ObserveObject(const simdjson::dom::object& object, const JsonPlace& place);
  Status ObserveList(const simdjson::dom::array& list, const JsonPlace& place);
  Result<JsonType*> MemberNamed(std::string_view key, size_t hint, const JsonPlace& place);
  Error ErrorAt(const JsonPlace& place, const std::string& what) const;

  Kind kind_ = Kind::kNull;
  JsonPlace place_;   // of the first value of this kind
  std::string keys_;  // "meta.tags[]"; empty at the top
  int depth_ = 1;
  uint64_t objects_ = 0;      // seen so far
  uint64_t last_object_ = 0;  // the object of the parent that last had this member
  std::string name_;          // as a member
  std::vector<std::unique_ptr<JsonType>> parts_;  // members in the order seen, or the one item
  std::unordered_map<std::string_view, size_t> index_;  // of parts_, by name_
};

}  // namespace tideway::dataset
