#include "core/tokens/json_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tideway::tokens {

using nlohmann::json;

Error Unfit(const std::string& where, const std::string& what) {
  return Error(ErrorKind::kData, fmt::format("tokens: {}: {}", where, what));
}

Status UnknownType(const Fields& fields, const std::string& type,
                   const std::vector<std::string>& known) {
  RETURN_NOT_OK(fields.fault());
  return Unfit(fields.where(), "no such type is known here: `" + type + "`")
      .Hint(
          fmt::format("known: {}; texts that need another one are tokenised by Python's tokenizers",
                      fmt::join(known, ", ")));
}

Fields::Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object.is_object())
    fault_ = Unfit(where_, "must be an object: " + object.dump(-1, ' ', true));
}

void Fields::Fail(std::string_view name, std::string_view rule) {
  if (fault_.ok()) fault_ = Unfit(where_, fmt::format("{} {}", name, rule));
}

const json* Fields::Find(std::string_view name) {
  known_.emplace_back(name);
  if (!object_.is_object()) return nullptr;
  const auto field = object_.find(name);
  return field == object_.end() || field->is_null() ? nullptr : &*field;
}

const json& Fields::Get(std::string_view name) {
  static const json kNothing;
  const json* field = Find(name);
  if (field != nullptr) return *field;
  Fail(name, "is missing");
  return kNothing;
}

bool Fields::Bool(std::string_view name, bool fallback) {
  const json* field = Find(name);
  if (field == nullptr) return fallback;
  if (!field->is_boolean()) Fail(name, "must be true or false");
  return field->is_boolean() ? field->get<bool>() : fallback;
}

int64_t Fields::Int(std::string_view name, int64_t fallback) {
  const json* field = Find(name);
  if (field == nullptr) return fallback;
  if (!field->is_number_integer()) Fail(name, "must be a whole number");
  return field->is_number_integer() ? field->get<int64_t>() : fallback;
}

std::string Fields::String(std::string_view name, std::string_view fallback) {
  const json* field = Find(name);
  if (field != nullptr && field->is_string()) return field->get<std::string>();
  if (field != nullptr) Fail(name, "must be a string");
  return std::string(fallback);
}

Status Fields::Finish() {
  RETURN_NOT_OK(fault_);
  for (const auto& [name, value] : object_.items()) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    return Unfit(where_, "a field that is not known here: `" + name + "`")
        .Hint("what it asks for would be missed; take it out of the file if it is of no account");
  }
  return Status::OK();
}

}  // namespace tideway::tokens
