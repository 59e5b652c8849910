// Cuts text into words: the field `pre_tokenizer` of a tokenizer.json.
//
//   ARROW_ASSIGN_OR_RAISE(const auto cut, MakePreTokenizer(json));
//   cut->Split(text, arena, pieces);
//   pieces.HandOn();
//
// Known types: BertPreTokenizer, ByteLevel (only as the last), Digits, Metaspace, Punctuation,
// Sequence, Split by a string or by an expression of split_pattern.h, Whitespace, WhitespaceSplit.
// Words of ByteLevel are bytes, not the characters that it has for them. Threads: const methods
// from any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/base/error.h"
#include "core/tokens/pieces.h"

namespace tideway::tokens {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Adds the pieces of `text`, none of them empty, to `out`. They lie in `text`, or in `arena`.
  virtual void Split(std::string_view text, TextArena& arena, Pieces& out) const = 0;
  // Whether its words are bytes.
  virtual bool bytes() const { return false; }
};

// Null for a null: all text is one word. Errors of kind data name the type, field or pattern.
Result<std::unique_ptr<const PreTokenizer>> MakePreTokenizer(const nlohmann::json& json);

}  // namespace tideway::tokens
