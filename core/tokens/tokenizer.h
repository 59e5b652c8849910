// Texts to tokens and back, as a tokenizer.json says: what the tokenizers library of Python makes
// of the same file, token for token.
//
//   ARROW_ASSIGN_OR_RAISE(const auto tokenizer, Tokenizer::FromJson(bytes_of_the_file));
//   TokenizerState state;
//   IdBuffer ids;
//   RETURN_NOT_OK(tokenizer->Encode("for i in x:", {}, state, ids));
//   tokenizer->Decode({ids.data(), ids.size()}, {});
//
// Models: BPE and WordPiece. A file that needs what is not known here is an error that names it;
// nothing is passed over, but for truncation and padding, which are for whoever makes batches.
// Ownership: shared, immutable. Threads: const methods from any thread, each with its own state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/tokens/added_tokens.h"
#include "core/tokens/decoder.h"
#include "core/tokens/id_buffer.h"
#include "core/tokens/model.h"
#include "core/tokens/normalizer.h"
#include "core/tokens/pieces.h"
#include "core/tokens/post_processor.h"
#include "core/tokens/pre_tokenizer.h"
#include "core/tokens/word_cache.h"

namespace tideway::tokens {

struct EncodeOptions {
  bool special = false;  // with what the post-processor puts around a text: <s> and </s>
};
struct DecodeOptions {
  bool special = false;  // special tokens too
};

// What encoding remembers between texts, of one tokenizer: some 3 MiB. Threads: one.
struct TokenizerState {
  WordCache cache = {};
  ModelScratch scratch = {};
  TextArena arena = {};
  std::vector<AddedPiece> added = {};
  std::vector<AddedPiece> normalized = {};
};

class Tokenizer {
 public:
  // Errors of kind data tell what is wrong with the file, or not known here.
  static Result<std::shared_ptr<const Tokenizer>> FromJson(std::string_view file);

  // Appends the tokens of `text` to `ids`. Errors of kind data: text that is not UTF-8, with the
  // byte; a word beyond Bpe::kMaxWordBytes. Then what was appended is of no use.
  Status Encode(std::string_view text, const EncodeOptions& options, TokenizerState& state,
                IdBuffer& ids) const;
  // Ids without a token are passed over, as the library does.
  std::string Decode(std::span<const int32_t> ids, const DecodeOptions& options) const;

  std::optional<int32_t> IdOf(const std::string& token) const;
  // As the file writes it; nothing where there is none.
  std::optional<std::string> TokenOf(int32_t id) const;
  // One more than the largest id.
  int64_t ids() const;
  // Of the file.
  const std::string& sha256() const { return sha256_; }

 private:
  Status EncodeBetween(std::string_view text, TokenizerState& state, IdBuffer& ids) const;
  Status EncodeWords(std::string_view text, TokenizerState& state, IdBuffer& ids) const;
  // Of a word that the cache does not have.
  Status EncodeNew(std::string_view word, TokenizerState& state, IdBuffer& ids) const;
  Status Read(std::string_view file);

  std::string sha256_;
  std::unique_ptr<const Normalizer> normalizer_;
  std::unique_ptr<const PreTokenizer> pre_tokenizer_;
  std::unique_ptr<const Model> model_;
  std::unique_ptr<const AddedTokens> added_;
  std::unique_ptr<const Decoder> decoder_;
  SpecialIds special_;
};

}  // namespace tideway::tokens
