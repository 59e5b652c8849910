// Makes text of tokens: the field `decoder` of a tokenizer.json.
//
// Known types: BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace of a string, Sequence,
// Strip, WordPiece. Threads: const methods from any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::tokens {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // The parts that `tokens` become; all of them one after another are the text.
  virtual std::vector<std::string> Apply(std::vector<std::string> tokens) const = 0;
};

// Null for a null: tokens are then joined by spaces. Errors of kind data name the type or field.
Result<std::unique_ptr<const Decoder>> MakeDecoder(const nlohmann::json& json);

}  // namespace tideway::tokens
