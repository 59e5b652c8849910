// Small tokenizers for tests. Test code only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/tokens/byte_chars.h"
#include "core/tokens/tokenizer.h"

namespace tideway::tokens::testing {

using nlohmann::json;
using Ids = std::vector<int32_t>;

template <typename T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return std::move(result).ValueOrDie();
}

// Byte-level BPE: bytes are the tokens 0 to 255, then come <s> and </s>, then what merges make.
inline json ByteLevelJson(const std::vector<std::pair<std::string, std::string>>& merges = {}) {
  json vocab = json::object();
  for (int byte = 0; byte < 256; ++byte)
    vocab[ByteChars(std::string(1, static_cast<char>(byte)))] = byte;
  vocab["<s>"] = 256;
  vocab["</s>"] = 257;
  json pairs = json::array();
  for (const auto& [left, right] : merges) {
    const size_t next = vocab.size();
    if (!vocab.contains(ByteChars(left + right))) vocab[ByteChars(left + right)] = next;
    pairs.push_back({ByteChars(left), ByteChars(right)});
  }
  json added = json::array();
  for (const int id : {256, 257}) {
    added.push_back({{"id", id},
                     {"content", id == 256 ? "<s>" : "</s>"},
                     {"special", true},
                     {"normalized", false}});
  }
  return {{"version", "1.0"},
          {"added_tokens", added},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"post_processor",
           {{"type", "RobertaProcessing"}, {"sep", {"</s>", 257}}, {"cls", {"<s>", 256}}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", pairs}}}};
}

// WordPiece as BERT has it.
inline json WordPieceJson(const std::vector<std::string>& tokens) {
  json vocab = {{"[UNK]", 0}};
  for (const std::string& token : tokens) vocab[token] = vocab.size();
  return {{"normalizer", {{"type", "BertNormalizer"}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"decoder", {{"type", "WordPiece"}}},
          {"model", {{"type", "WordPiece"}, {"vocab", vocab}}}};
}

inline std::shared_ptr<const Tokenizer> Load(const json& file) {
  return Must(Tokenizer::FromJson(file.dump()));
}

inline Ids Encode(const Tokenizer& tokenizer, std::string_view text, bool special = false) {
  TokenizerState state;
  IdBuffer ids;
  const Status status = tokenizer.Encode(text, {.special = special}, state, ids);
  EXPECT_TRUE(status.ok()) << status;
  return Ids(ids.data(), ids.data() + ids.size());
}

}  // namespace tideway::tokens::testing
