// Byte-pair encoding: a word is its characters, or its bytes, merged by a list of pairs.
#pragma once

#include <array>
#include <memory>

#include "core/tokens/model.h"
#include "core/tokens/pair_table.h"
#include "core/tokens/vocabulary.h"

namespace tideway::tokens {

struct BpeOptions {
  std::string unknown = {};    // the token for what the vocabulary has not; empty: that is left out
  std::string prefix = {};     // of all characters of a word but the first
  std::string suffix = {};     // of the last character
  bool fuse_unknown = false;   // one unknown token for a run of them
  bool byte_fallback = false;  // an unknown character is tokens <0x00> ... <0xFF>, if there are all
  bool ignore_merges = false;  // a word that is a token is that token
};

class Bpe : public Model {
 public:
  static Result<std::unique_ptr<const Model>> FromJson(const nlohmann::json& model, bool bytes);

  Status Tokenise(std::string_view word, ModelScratch& scratch, IdBuffer& out) const override;
  std::optional<int32_t> IdOf(const std::string& token) const override {
    return vocabulary_.Find(token);
  }
  const std::vector<std::string>& tokens() const override { return vocabulary_.tokens(); }
  size_t size() const override { return vocabulary_.size(); }

  // A longer word is an error: it would take 40 times its size in memory.
  static constexpr size_t kMaxWordBytes = 4 << 20;

 private:
  Bpe(Vocabulary vocabulary, BpeOptions options, PairTable merges, bool bytes);
  void FindByteTokens();
  // The parts that a word begins with; false where the one for all unknown is needed and missing.
  bool SplitBytes(std::string_view word, ModelScratch& scratch) const;
  bool SplitChars(std::string_view word, ModelScratch& scratch) const;
  bool AddFallback(std::string_view part, std::vector<uint32_t>& ids) const;

  const Vocabulary vocabulary_;
  const BpeOptions options_;
  const PairTable merges_;
  const bool bytes_;
  const std::optional<int32_t> unknown_;
  std::array<int32_t, 256> byte_tokens_;      // the token of a byte alone; -1: none
  std::array<int32_t, 256> fallback_tokens_;  // <0x00> ...; -1: none
};

}  // namespace tideway::tokens
