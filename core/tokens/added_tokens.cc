#include "core/tokens/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/tokens/char_class.h"
#include "core/tokens/json_fields.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;

constexpr const char* kWhere = "added_tokens";

uint32_t ClassAt(const char* p) { return StepAt(p).classes; }

bool EndsInWord(std::string_view text) {
  return !text.empty() && (ClassAt(Utf8Before(text.data() + text.size())) & kWord);
}
bool StartsWithWord(std::string_view text) {
  return !text.empty() && (ClassAt(text.data()) & kWord);
}

// Where the white space at the end of text[0, end) begins.
size_t SpaceBefore(std::string_view text, size_t end) {
  while (end > 0) {
    const char* before = Utf8Before(text.data() + end);
    if (!(ClassAt(before) & kSpace)) break;
    end = static_cast<size_t>(before - text.data());
  }
  return end;
}
size_t SpaceAfter(std::string_view text, size_t begin) {
  while (begin < text.size() && (ClassAt(text.data() + begin) & kSpace)) {
    begin += Utf8At(text.data() + begin).size;
  }
  return begin;
}

size_t PairOf(char first, char second) {
  return static_cast<uint8_t>(first) << 8 | static_cast<uint8_t>(second);
}

}  // namespace

void TokenFinder::Add(const AddedToken* token) {
  const std::string& text = token->text;
  if (text.empty()) return;
  starts_.set(static_cast<uint8_t>(text[0]));
  for (size_t second = 0; second < 256; ++second) {
    if (text.size() == 1) pairs_.set(PairOf(text[0], static_cast<char>(second)));
  }
  if (text.size() > 1) pairs_.set(PairOf(text[0], text[1]));
  auto& tokens = by_start_[text[0]];
  const auto longer = [](const AddedToken* a, const AddedToken* b) {
    return a->text.size() > b->text.size();
  };
  tokens.insert(std::upper_bound(tokens.begin(), tokens.end(), token, longer), token);
}

const AddedToken* TokenFinder::LongestAt(std::string_view text, size_t begin) const {
  const char second = begin + 1 < text.size() ? text[begin + 1] : '\0';
  if (!pairs_.test(PairOf(text[begin], second))) return nullptr;
  for (const AddedToken* token : by_start_.find(text[begin])->second) {
    if (text.substr(begin, token->text.size()) == token->text) return token;
  }
  return nullptr;
}

void TokenFinder::Split(std::string_view text, std::vector<AddedPiece>& out) const {
  size_t open = 0;  // the start of what is not a token
  for (size_t begin = 0; begin < text.size();) {
    if (!starts_.test(static_cast<uint8_t>(text[begin]))) {
      ++begin;
      continue;
    }
    const AddedToken* token = LongestAt(text, begin);
    if (token == nullptr) {
      ++begin;
      continue;
    }
    size_t start = begin;
    size_t stop = begin + token->text.size();
    begin = stop;
    if (token->single_word &&
        (EndsInWord(text.substr(0, start)) || StartsWithWord(text.substr(stop)))) {
      continue;
    }
    if (token->strip_left) start = std::max(SpaceBefore(text, start), open);
    if (token->strip_right) stop = SpaceAfter(text, stop);
    if (open < start) out.push_back({text.substr(open, start - open)});
    out.push_back({text.substr(std::min(start, stop), stop - std::min(start, stop)), token});
    open = stop;
  }
  if (open < text.size()) out.push_back({text.substr(open)});
}

Status AddedTokens::Add(const json& item, const Model& model, const Normalizer* normalizer) {
  Fields fields(item, kWhere);
  AddedToken token;
  const int64_t id = fields.Int("id", -1);
  token.content = fields.String("content", "");
  token.single_word = fields.Bool("single_word", false);
  token.strip_left = fields.Bool("lstrip", false);
  token.strip_right = fields.Bool("rstrip", false);
  token.normalized = fields.Bool("normalized", true);
  token.special = fields.Bool("special", false);
  RETURN_NOT_OK(fields.Finish());
  if (token.content.empty()) return Status::OK();
  const auto known = ids_.find(token.content);
  const auto of_model = model.IdOf(token.content);
  token.id = known != ids_.end() ? known->second : of_model ? *of_model : next_id_++;
  if (id != token.id) {
    return Unfit(kWhere, fmt::format("`{}` has the id {}, but {} in the vocabulary", token.content,
                                     id, token.id))
        .Hint("give it that id in the file");
  }
  token.text = token.content;
  if (token.normalized && normalizer != nullptr) normalizer->Apply(token.text);
  ids_[token.content] = token.id;
  by_id_[token.id] = std::move(token);
  return Status::OK();
}

Result<std::unique_ptr<const AddedTokens>> AddedTokens::FromJson(const json& list,
                                                                 const Model& model,
                                                                 const Normalizer* normalizer) {
  auto added = std::make_unique<AddedTokens>();
  added->next_id_ = static_cast<int32_t>(model.size());
  for (const json& item : list) RETURN_NOT_OK(added->Add(item, model, normalizer));
  std::set<std::pair<bool, std::string>> texts;
  for (const auto& [id, token] : added->by_id_) {
    if (!texts.emplace(token.normalized, token.text).second) {
      return Unfit(kWhere, "two tokens are looked for by the same text: `" + token.text + "`");
    }
    (token.normalized ? added->normalized_ : added->as_is_).Add(&token);
  }
  return std::unique_ptr<const AddedTokens>(std::move(added));
}

const AddedToken* AddedTokens::Find(int32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const AddedToken* AddedTokens::Find(const std::string& content) const {
  const auto found = ids_.find(content);
  return found == ids_.end() ? nullptr : Find(found->second);
}

}  // namespace tideway::tokens
