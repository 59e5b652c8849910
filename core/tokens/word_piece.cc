#include "core/tokens/word_piece.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/tokens/json_fields.h"
#include "core/tokens/utf8_step.h"

namespace tideway::tokens {

using nlohmann::json;

Result<std::unique_ptr<const Model>> WordPiece::FromJson(const json& model) {
  Fields fields(model, "model");
  fields.Ignore("type");
  const std::string unknown = fields.String("unk_token", "[UNK]");
  std::string prefix = fields.String("continuing_subword_prefix", "##");
  const int64_t max_chars = fields.Int("max_input_chars_per_word", 100);
  ARROW_ASSIGN_OR_RAISE(Vocabulary vocabulary, Vocabulary::FromJson(fields.Get("vocab")));
  RETURN_NOT_OK(fields.Finish());
  const auto id = vocabulary.Find(unknown);
  if (!id) return Unfit("model", "unk_token is not in the vocabulary: `" + unknown + "`");
  return std::unique_ptr<const Model>(
      new WordPiece(std::move(vocabulary), std::move(prefix), max_chars, *id));
}

std::optional<int32_t> WordPiece::Longest(std::string_view rest, bool first, std::string& part,
                                          size_t* size) const {
  part.assign(first ? "" : prefix_);
  const size_t prefix = part.size();
  if (prefix > vocabulary_.longest()) return std::nullopt;
  *size = std::min(rest.size(), vocabulary_.longest() - prefix);
  while (*size < rest.size() && *size > 0 && (rest[*size] & 0xC0) == 0x80) --*size;
  part.append(rest.substr(0, *size));
  while (*size > 0) {
    if (const auto id = vocabulary_.Find(std::string_view(part).substr(0, prefix + *size))) {
      return id;
    }
    *size = static_cast<size_t>(Utf8Before(rest.data() + *size) - rest.data());
  }
  return std::nullopt;
}

Status WordPiece::Tokenise(std::string_view word, ModelScratch& scratch, IdBuffer& out) const {
  out.Reserve(word.size() + 1);
  int32_t* ids = out.end();
  const auto chars = std::ranges::count_if(word, [](char c) { return (c & 0xC0) != 0x80; });
  size_t count = 0;
  size_t size = 0;
  for (size_t begin = 0; chars <= max_chars_ && begin < word.size(); begin += size) {
    const auto id = Longest(word.substr(begin), begin == 0, scratch.text, &size);
    if (!id) {
      count = 0;
      break;
    }
    ids[count++] = *id;
  }
  if (count == 0) ids[count++] = unknown_;
  out.Advance(count);
  return Status::OK();
}

}  // namespace tideway::tokens
