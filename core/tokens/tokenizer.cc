#include "core/tokens/tokenizer.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/hash.h"
#include "core/tokens/invalid_utf8.h"
#include "core/tokens/json_fields.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;

const json& OrNull(const json* field) {
  static const json kNull;
  return field == nullptr ? kNull : *field;
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> Tokenizer::FromJson(std::string_view file) {
  auto tokenizer = std::make_shared<Tokenizer>();
  try {
    RETURN_NOT_OK(tokenizer->Read(file));
  } catch (const json::exception& problem) {
    return Error(ErrorKind::kData, std::string("tokens: no tokenizer.json: ") + problem.what());
  }
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

Status Tokenizer::Read(std::string_view file) {
  sha256_ = Sha256Hex(file);
  const json root = json::parse(file);
  Fields fields(root, "tokenizer.json");
  if (const std::string version = fields.String("version", "1.0"); version != "1.0") {
    return Unfit("tokenizer.json", "version must be 1.0: " + version);
  }
  for (const char* name : {"truncation", "padding"}) fields.Ignore(name);
  const json& model = fields.Get("model");
  const json& added = OrNull(fields.Find("added_tokens"));
  const json& pre_tokenizer = OrNull(fields.Find("pre_tokenizer"));
  const json& normalizer = OrNull(fields.Find("normalizer"));
  const json& post_processor = OrNull(fields.Find("post_processor"));
  const json& decoder = OrNull(fields.Find("decoder"));
  RETURN_NOT_OK(fields.Finish());
  ARROW_ASSIGN_OR_RAISE(normalizer_, MakeNormalizer(normalizer));
  ARROW_ASSIGN_OR_RAISE(pre_tokenizer_, MakePreTokenizer(pre_tokenizer));
  ARROW_ASSIGN_OR_RAISE(model_,
                        MakeModel(model, pre_tokenizer_ != nullptr && pre_tokenizer_->bytes()));
  ARROW_ASSIGN_OR_RAISE(added_, AddedTokens::FromJson(added, *model_, normalizer_.get()));
  ARROW_ASSIGN_OR_RAISE(special_, ReadSpecialIds(post_processor));
  ARROW_ASSIGN_OR_RAISE(decoder_, MakeDecoder(decoder));
  return Status::OK();
}

Status Tokenizer::Encode(std::string_view text, const EncodeOptions& options, TokenizerState& state,
                         IdBuffer& ids) const {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return Error(ErrorKind::kData,
                 fmt::format("tokens: text is not UTF-8: byte {}", FirstInvalid(text)))
        .Hint("decode it first; columns may replace it: tokenizer:ids { invalid = \"replace\" }");
  }
  state.arena.Clear();
  if (options.special) {
    for (const int32_t id : special_.before) ids.Append(id);
  }
  if (added_->as_is().empty()) {
    RETURN_NOT_OK(EncodeBetween(text, state, ids));
  } else {
    state.added.clear();
    added_->as_is().Split(text, state.added);
    for (const AddedPiece& piece : state.added) {
      if (piece.token != nullptr) {
        ids.Append(piece.token->id);
      } else {
        RETURN_NOT_OK(EncodeBetween(piece.text, state, ids));
      }
    }
  }
  if (options.special) {
    for (const int32_t id : special_.after) ids.Append(id);
  }
  return Status::OK();
}

Status Tokenizer::EncodeBetween(std::string_view text, TokenizerState& state, IdBuffer& ids) const {
  if (text.empty()) return Status::OK();
  if (normalizer_ != nullptr) {
    std::string& normalized = state.arena.New();
    normalized = text;
    normalizer_->Apply(normalized);
    text = normalized;
  }
  if (added_->normalized().empty()) return EncodeWords(text, state, ids);
  state.normalized.clear();
  added_->normalized().Split(text, state.normalized);
  for (const AddedPiece& piece : state.normalized) {
    if (piece.token != nullptr) {
      ids.Append(piece.token->id);
    } else {
      RETURN_NOT_OK(EncodeWords(piece.text, state, ids));
    }
  }
  return Status::OK();
}

Status Tokenizer::EncodeWords(std::string_view text, TokenizerState& state, IdBuffer& ids) const {
  if (text.empty()) return Status::OK();
  if (pre_tokenizer_ == nullptr) {
    return state.cache.Append(text, ids) ? Status::OK() : EncodeNew(text, state, ids);
  }
  Status status;
  Pieces words([&](std::span<const std::string_view> some) {
    for (const std::string_view word : some) {
      if (status.ok() && !state.cache.Append(word, ids)) status = EncodeNew(word, state, ids);
    }
  });
  pre_tokenizer_->Split(text, state.arena, words);
  words.HandOn();
  return status;
}

Status Tokenizer::EncodeNew(std::string_view word, TokenizerState& state, IdBuffer& ids) const {
  const size_t begin = ids.size();
  RETURN_NOT_OK(model_->Tokenise(word, state.scratch, ids));
  state.cache.Put(word, ids.data() + begin, ids.size() - begin);
  return Status::OK();
}

std::string Tokenizer::Decode(std::span<const int32_t> ids, const DecodeOptions& options) const {
  std::vector<std::string> tokens;
  for (const int32_t id : ids) {
    const AddedToken* added = added_->Find(id);
    if (added != nullptr) {
      const AddedToken* named = added_->Find(added->text);
      if (!options.special && named != nullptr && named->special) continue;
      tokens.push_back(added->text);
    } else if (const auto token = TokenOf(id)) {
      tokens.push_back(*token);
    }
  }
  std::string text;
  if (decoder_ != nullptr) {
    if (tokens.empty()) return text;
    for (const std::string& part : decoder_->Apply(std::move(tokens))) text += part;
    return text;
  }
  for (const std::string& token : tokens) text += (&token == &tokens[0] ? "" : " ") + token;
  return text;
}

std::optional<int32_t> Tokenizer::IdOf(const std::string& token) const {
  if (const AddedToken* added = added_->Find(token)) return added->id;
  return model_->IdOf(token);
}

std::optional<std::string> Tokenizer::TokenOf(int32_t id) const {
  if (const AddedToken* added = added_->Find(id)) return added->content;
  const auto& tokens = model_->tokens();
  if (id < 0 || static_cast<size_t>(id) >= tokens.size()) return std::nullopt;
  const std::string& token = tokens[static_cast<size_t>(id)];
  if (token.empty()) return std::nullopt;
  return token;
}

int64_t Tokenizer::ids() const {
  return std::max<int64_t>(static_cast<int64_t>(model_->tokens().size()), added_->last_id() + 1);
}

}  // namespace tideway::tokens
