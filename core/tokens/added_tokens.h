// Tokens that are found in the text itself, before it is cut into words: the field `added_tokens`
// of a tokenizer.json, special ones such as <s> among them.
//
// Two sets are looked for one after the other: those that are not `normalized` in the text as it
// is, the others in what the normaliser makes of the text between. Of several that match, the
// leftmost, then the longest, is taken. Threads: const methods from any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/tokens/model.h"
#include "core/tokens/normalizer.h"

namespace tideway::tokens {

struct AddedToken {
  int32_t id = 0;
  std::string content = {};
  std::string text = {};  // what is looked for: normalised, where it is `normalized`
  bool single_word = false;
  bool strip_left = false;   // white space before it is part of it
  bool strip_right = false;  // and behind it
  bool normalized = true;
  bool special = false;
};

// A piece of text: an added token, or what lies between.
struct AddedPiece {
  std::string_view text;
  const AddedToken* token = nullptr;
};

// Looks for tokens in text.
class TokenFinder {
 public:
  void Add(const AddedToken* token);
  bool empty() const { return by_start_.empty(); }
  // The pieces of `text`; one for a text in which there is none.
  void Split(std::string_view text, std::vector<AddedPiece>& out) const;

 private:
  const AddedToken* LongestAt(std::string_view text, size_t begin) const;

  std::bitset<256> starts_;                                  // first bytes
  std::bitset<1 << 16> pairs_;                               // first two bytes
  std::map<char, std::vector<const AddedToken*>> by_start_;  // the longest first
};

class AddedTokens {
 public:
  // An error of kind data where an id is not the one that the library would give the token.
  static Result<std::unique_ptr<const AddedTokens>> FromJson(const nlohmann::json& json,
                                                             const Model& model,
                                                             const Normalizer* normalizer);
  const TokenFinder& as_is() const { return as_is_; }
  const TokenFinder& normalized() const { return normalized_; }
  // Null where it is none of these.
  const AddedToken* Find(int32_t id) const;
  const AddedToken* Find(const std::string& content) const;
  int32_t last_id() const { return by_id_.empty() ? -1 : by_id_.rbegin()->first; }

 private:
  Status Add(const nlohmann::json& json, const Model& model, const Normalizer* normalizer);

  std::map<int32_t, AddedToken> by_id_;
  std::map<std::string, int32_t> ids_;
  int32_t next_id_ = 0;
  TokenFinder as_is_;
  TokenFinder normalized_;
};

}  // namespace tideway::tokens
