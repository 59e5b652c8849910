// An object of a tokenizer.json, read strictly: a field that nobody asks for is an error, for what
// is not understood must not change tokens unseen.
//
//   Fields fields(json, "pre_tokenizer");
//   const bool prefix = fields.Bool("add_prefix_space", true);
//   RETURN_NOT_OK(fields.Finish());
//
// The first fault is kept and returned by Finish(). Threads: one.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::tokens {

// "tokens: <where>: <what>", of kind data.
Error Unfit(const std::string& where, const std::string& what);

class Fields {
 public:
  // `where`: of the object in the file, as errors tell it. Both must outlive this.
  Fields(const nlohmann::json& object, std::string where);

  // Null where it is absent, or null.
  const nlohmann::json* Find(std::string_view name);
  // As Find; absent is a fault, and gives a null.
  const nlohmann::json& Get(std::string_view name);
  bool Bool(std::string_view name, bool fallback);
  int64_t Int(std::string_view name, int64_t fallback);
  std::string String(std::string_view name, std::string_view fallback);
  // The field "type"; empty where there is none.
  std::string Type() { return String("type", ""); }
  // Knows a field that makes no difference to tokens.
  void Ignore(std::string_view name) { Find(name); }

  const std::string& where() const { return where_; }
  // The first so far.
  const Status& fault() const { return fault_; }
  Status Finish();

 private:
  void Fail(std::string_view name, std::string_view rule);

  const nlohmann::json& object_;
  const std::string where_;
  std::vector<std::string> known_;
  Status fault_;
};

// Why a part of a tokenizer is refused whose type is none of those known, or that is no object.
Status UnknownType(const Fields& fields, const std::string& type,
                   const std::vector<std::string>& known);

}  // namespace tideway::tokens
