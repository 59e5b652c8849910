// What is put around the tokens of a text: the field `post_processor` of a tokenizer.json.
//
// Known types: BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing, the last
// with the text once in its template. Offsets and pairs of texts are of no account here.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/base/error.h"

namespace tideway::tokens {

struct SpecialIds {
  std::vector<int32_t> before = {};
  std::vector<int32_t> after = {};
};

// None for a null. Errors of kind data name the type or field.
Result<SpecialIds> ReadSpecialIds(const nlohmann::json& json);

}  // namespace tideway::tokens
