// WordPiece: a word is the longest token that it begins with, and so on with what is left; those
// after the first have a prefix in the vocabulary.
#pragma once

#include "core/tokens/model.h"
#include "core/tokens/vocabulary.h"

namespace tideway::tokens {

class WordPiece : public Model {
 public:
  static Result<std::unique_ptr<const Model>> FromJson(const nlohmann::json& model);

  Status Tokenise(std::string_view word, ModelScratch& scratch, IdBuffer& out) const override;
  std::optional<int32_t> IdOf(const std::string& token) const override {
    return vocabulary_.Find(token);
  }
  const std::vector<std::string>& tokens() const override { return vocabulary_.tokens(); }
  size_t size() const override { return vocabulary_.size(); }

 private:
  WordPiece(Vocabulary vocabulary, std::string prefix, int64_t max_chars, int32_t unknown)
      : vocabulary_(std::move(vocabulary)),
        prefix_(std::move(prefix)),
        max_chars_(max_chars),
        unknown_(unknown) {}
  // The longest token that `rest` begins with, its bytes without the prefix in `size`.
  std::optional<int32_t> Longest(std::string_view rest, bool first, std::string& part,
                                 size_t* size) const;

  const Vocabulary vocabulary_;
  const std::string prefix_;
  const int64_t max_chars_;  // a longer word is unknown
  const int32_t unknown_;
};

}  // namespace tideway::tokens
