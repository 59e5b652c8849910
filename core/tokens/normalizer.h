// Changes text before it is cut into words: the field `normalizer` of a tokenizer.json.
//
// Known types: BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Prepend, Replace of a string,
// Sequence, Strip, StripAccents. Threads: const methods from any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/error.h"

namespace tideway::tokens {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // Changes `text`, which is UTF-8, in place.
  virtual void Apply(std::string& text) const = 0;
};

// Null for a null. Errors of kind data name the type or field.
Result<std::unique_ptr<const Normalizer>> MakeNormalizer(const nlohmann::json& json);

}  // namespace tideway::tokens
