#include "core/tokens/bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/memory.h"
#include "core/tokens/byte_chars.h"
#include "core/tokens/json_fields.h"
#include "core/tokens/merge_word.h"
#include "core/tokens/utf8_step.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;

constexpr const char* kWhere = "model";

struct Merge {
  std::string left;
  std::string right;
};

// A list of two, or "left right" as older files have it.
Result<std::optional<Merge>> ReadMerge(const json& merge) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return Merge{merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  if (merge.is_string()) {
    const auto text = merge.get<std::string>();
    if (text.starts_with("#version")) return std::nullopt;
    const size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return Merge{text.substr(0, space), text.substr(space + 1)};
    }
  }
  return Unfit("model: merges", "no pair of tokens: " + merge.dump(-1, ' ', true));
}

Result<int32_t> TokenOfMerge(const Vocabulary& vocabulary, const std::string& token) {
  if (const auto id = vocabulary.Find(token)) return *id;
  return Unfit("model: merges", "a token that the vocabulary has not: `" + token + "`");
}

Result<PairTable> ReadMerges(const json& merges, const Vocabulary& vocabulary, size_t prefix) {
  if (!merges.is_array()) return Unfit("model: merges", "must be a list of pairs");
  PairTable table(merges.size());
  uint32_t rank = 0;
  for (const json& item : merges) {
    ARROW_ASSIGN_OR_RAISE(const auto merge, ReadMerge(item));
    if (!merge) continue;
    ARROW_ASSIGN_OR_RAISE(const int32_t left, TokenOfMerge(vocabulary, merge->left));
    ARROW_ASSIGN_OR_RAISE(const int32_t right, TokenOfMerge(vocabulary, merge->right));
    if (merge->right.size() < prefix) {
      return Unfit("model: merges", "a token without the prefix: `" + merge->right + "`");
    }
    ARROW_ASSIGN_OR_RAISE(const int32_t whole,
                          TokenOfMerge(vocabulary, merge->left + merge->right.substr(prefix)));
    table.Set(static_cast<uint32_t>(left), static_cast<uint32_t>(right), rank++,
              static_cast<uint32_t>(whole));
  }
  return table;
}

}  // namespace

Bpe::Bpe(Vocabulary vocabulary, BpeOptions options, PairTable merges, bool bytes)
    : vocabulary_(std::move(vocabulary)),
      options_(std::move(options)),
      merges_(std::move(merges)),
      bytes_(bytes),
      unknown_(vocabulary_.Find(options_.unknown)) {
  FindByteTokens();
}

void Bpe::FindByteTokens() {
  for (size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    const char c = static_cast<char>(byte);
    byte_tokens_[byte] = vocabulary_.Find(ByteChars({&c, 1})).value_or(-1);
    fallback_tokens_[byte] = vocabulary_.Find(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  }
}

Result<std::unique_ptr<const Model>> Bpe::FromJson(const json& model, bool bytes) {
  Fields fields(model, kWhere);
  fields.Ignore("type");
  BpeOptions options;
  options.unknown = fields.String("unk_token", "");
  options.prefix = fields.String("continuing_subword_prefix", "");
  options.suffix = fields.String("end_of_word_suffix", "");
  options.fuse_unknown = fields.Bool("fuse_unk", false);
  options.byte_fallback = fields.Bool("byte_fallback", false);
  options.ignore_merges = fields.Bool("ignore_merges", false);
  const json* dropout = fields.Find("dropout");
  ARROW_ASSIGN_OR_RAISE(Vocabulary vocabulary, Vocabulary::FromJson(fields.Get("vocab")));
  const json& merges = fields.Get("merges");
  RETURN_NOT_OK(fields.Finish());
  if (dropout != nullptr && *dropout != 0) {
    return Unfit(kWhere, "dropout makes tokens random: " + dropout->dump())
        .Hint("set it to null in the file");
  }
  ARROW_ASSIGN_OR_RAISE(PairTable table, ReadMerges(merges, vocabulary, options.prefix.size()));
  return std::unique_ptr<const Model>(
      new Bpe(std::move(vocabulary), std::move(options), std::move(table), bytes));
}

bool Bpe::AddFallback(std::string_view part, std::vector<uint32_t>& ids) const {
  const auto token = [&](char byte) { return fallback_tokens_[static_cast<uint8_t>(byte)]; };
  if (std::ranges::any_of(part, [&](char byte) { return token(byte) < 0; })) return false;
  for (const char byte : part) ids.push_back(static_cast<uint32_t>(token(byte)));
  return true;
}

bool Bpe::SplitBytes(std::string_view word, ModelScratch& scratch) const {
  for (const char byte : word) {
    const int32_t id = byte_tokens_[static_cast<uint8_t>(byte)];
    if (id < 0) return false;
    scratch.ids.push_back(static_cast<uint32_t>(id));
  }
  return true;
}

// As the library does it, where the unknown token of a run comes after the bytes that a later
// character of the run fell back to.
bool Bpe::SplitChars(std::string_view word, ModelScratch& scratch) const {
  std::string chars;
  if (bytes_) word = chars = ByteChars(word);
  std::string& part = scratch.text;
  bool pending = false;  // an unknown token that is not added yet
  const char* end = word.data() + word.size();
  const auto flush = [&] {
    if (pending) scratch.ids.push_back(static_cast<uint32_t>(*unknown_));
    pending = false;
  };
  for (const char* p = word.data(); p < end;) {
    const size_t size = Utf8At(p).size;
    part.assign(p == word.data() ? "" : options_.prefix);
    part.append(p, size);
    p += size;
    if (p == end) part += options_.suffix;
    if (const auto id = vocabulary_.Find(part)) {
      flush();
      scratch.ids.push_back(static_cast<uint32_t>(*id));
      continue;
    }
    if (options_.byte_fallback && AddFallback(part, scratch.ids)) continue;
    if (options_.unknown.empty()) continue;
    if (!unknown_) return false;
    if (!options_.fuse_unknown) flush();
    pending = true;
  }
  flush();
  return true;
}

Status Bpe::Tokenise(std::string_view word, ModelScratch& scratch, IdBuffer& out) const {
  if (word.size() > kMaxWordBytes) {
    return Error(ErrorKind::kData, fmt::format("tokens: a word of {}: at most {} are merged",
                                               FormatBytes(static_cast<int64_t>(word.size())),
                                               FormatBytes(kMaxWordBytes)))
        .Hint("leave such rows out; they are no text");
  }
  if (options_.ignore_merges) {
    const auto id = vocabulary_.Find(bytes_ ? ByteChars(word) : std::string(word));
    if (id) {
      out.Append(*id);
      return Status::OK();
    }
  }
  scratch.ids.clear();
  const bool plain = bytes_ && options_.prefix.empty() && options_.suffix.empty();
  if (!(plain && SplitBytes(word, scratch))) {
    scratch.ids.clear();
    if (!SplitChars(word, scratch)) {
      return Unfit(kWhere, "unk_token is not in the vocabulary: `" + options_.unknown + "`");
    }
  }
  const size_t count = MergeWord(merges_, scratch.ids.data(), scratch.ids.size());
  out.Reserve(count);
  std::copy_n(scratch.ids.begin(), count, out.end());
  out.Advance(count);
  return Status::OK();
}

}  // namespace tideway::tokens
