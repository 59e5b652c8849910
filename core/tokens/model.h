// What turns a word, a piece of text that no token crosses, into tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/tokens/id_buffer.h"

namespace tideway::tokens {

// Memory that words are computed in: one for each thread.
struct ModelScratch {
  std::string text = {};
  std::vector<uint32_t> ids = {};
};

// Threads: const methods from any thread.
class Model {
 public:
  virtual ~Model() = default;
  // Appends the tokens of `word`, which is not empty, to `out`. Errors of kind data: a word that
  // the model has no token for, or one that is too long.
  virtual Status Tokenise(std::string_view word, ModelScratch& scratch, IdBuffer& out) const = 0;
  virtual std::optional<int32_t> IdOf(const std::string& token) const = 0;
  // The tokens by id, as the vocabulary writes them; empty where an id has none.
  virtual const std::vector<std::string>& tokens() const = 0;
  // Tokens in the vocabulary.
  virtual size_t size() const = 0;
};

// From the field `model`. `bytes`: words are bytes, each of which the vocabulary writes as the
// character that ByteLevel has for it (byte_chars.h); else characters.
Result<std::unique_ptr<const Model>> MakeModel(const nlohmann::json& model, bool bytes);

}  // namespace tideway::tokens
