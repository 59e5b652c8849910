#include "core/tokens/decoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/utf8.h"
#include "core/tokens/byte_chars.h"
#include "core/tokens/invalid_utf8.h"
#include "core/tokens/json_fields.h"
#include "core/tokens/replace_all.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;
using DecoderPtr = std::unique_ptr<const Decoder>;
using Made = Result<DecoderPtr>;

constexpr const char* kWhere = "decoder";
constexpr const char* kReplacement = "\uFFFD";

class ByteLevelDecoder : public Decoder {
 public:
  Texts Apply(Texts tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += BytesOfChars(token).value_or(token);
    return {ReplaceInvalidUtf8(bytes)};
  }
};

class WordPieceDecoder : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleanup)
      : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  Texts Apply(Texts tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0 && token.starts_with(prefix_)) {
        token.erase(0, prefix_.size());
      } else if (i > 0) {
        token.insert(0, " ");
      }
      if (cleanup_) CleanUp(token);
    }
    return tokens;
  }

 private:
  static void CleanUp(std::string& token) {
    constexpr std::array<std::pair<const char*, const char*>, 11> kRules = {{{" .", "."},
                                                                             {" ?", "?"},
                                                                             {" !", "!"},
                                                                             {" ,", ","},
                                                                             {" ' ", "'"},
                                                                             {" n't", "n't"},
                                                                             {" 'm", "'m"},
                                                                             {" do not", " don't"},
                                                                             {" 's", "'s"},
                                                                             {" 've", "'ve"},
                                                                             {" 're", "'re"}}};
    for (const auto& [from, to] : kRules) token = ReplaceAll(token, from, to);
  }

  const std::string prefix_;
  const bool cleanup_;
};

class MetaspaceDecoder : public Decoder {
 public:
  MetaspaceDecoder(std::string replacement, bool prepends)
      : replacement_(std::move(replacement)), prepends_(prepends) {}
  Texts Apply(Texts tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = ReplaceAll(tokens[i], replacement_, i == 0 && prepends_ ? "" : " ");
    }
    return tokens;
  }

 private:
  const std::string replacement_;
  const bool prepends_;
};

class SuffixDecoder : public Decoder {
 public:
  explicit SuffixDecoder(std::string suffix) : suffix_(std::move(suffix)) {}
  Texts Apply(Texts tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = ReplaceAll(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
    }
    return tokens;
  }

 private:
  const std::string suffix_;
};

class FuseDecoder : public Decoder {
 public:
  Texts Apply(Texts tokens) const override {
    std::string all;
    for (const std::string& token : tokens) all += token;
    return {all};
  }
};

class ByteFallbackDecoder : public Decoder {
 public:
  Texts Apply(Texts tokens) const override {
    Texts texts;
    std::string bytes;
    for (std::string& token : tokens) {
      if (const auto byte = ByteOf(token)) {
        bytes += *byte;
        continue;
      }
      Flush(bytes, texts);
      texts.push_back(std::move(token));
    }
    Flush(bytes, texts);
    return texts;
  }

 private:
  // Of "<0x0A>".
  static std::optional<char> ByteOf(const std::string& token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    uint8_t byte = 0;
    const auto read = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
    if (read.ec != std::errc() || read.ptr != token.data() + 5) return std::nullopt;
    return static_cast<char>(byte);
  }
  static void Flush(std::string& bytes, Texts& texts) {
    if (IsUtf8(bytes)) {
      if (!bytes.empty()) texts.push_back(bytes);
    } else {
      texts.insert(texts.end(), bytes.size(), kReplacement);
    }
    bytes.clear();
  }
};

class StripDecoder : public Decoder {
 public:
  StripDecoder(std::string content, int64_t start, int64_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  Texts Apply(Texts tokens) const override {
    for (std::string& token : tokens) {
      for (int64_t i = 0; i < start_ && token.starts_with(content_); ++i) {
        token.erase(0, content_.size());
      }
      for (int64_t i = 0; i < stop_ && token.ends_with(content_); ++i) {
        token.resize(token.size() - content_.size());
      }
    }
    return tokens;
  }

 private:
  const std::string content_;
  const int64_t start_;
  const int64_t stop_;
};

class ReplaceDecoder : public Decoder {
 public:
  ReplaceDecoder(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {}
  Texts Apply(Texts tokens) const override {
    for (std::string& token : tokens) token = ReplaceAll(token, from_, to_);
    return tokens;
  }

 private:
  const std::string from_;
  const std::string to_;
};

class SequenceDecoder : public Decoder {
 public:
  explicit SequenceDecoder(std::vector<DecoderPtr> steps) : steps_(std::move(steps)) {}
  Texts Apply(Texts tokens) const override {
    for (const DecoderPtr& step : steps_) tokens = step->Apply(std::move(tokens));
    return tokens;
  }

 private:
  const std::vector<DecoderPtr> steps_;
};

Made MakeSequence(Fields& fields) {
  const json& list = fields.Get("decoders");
  RETURN_NOT_OK(fields.Finish());
  std::vector<DecoderPtr> steps;
  for (const json& step : list) {
    ARROW_ASSIGN_OR_RAISE(steps.emplace_back(), MakeDecoder(step));
  }
  return std::make_unique<SequenceDecoder>(std::move(steps));
}

Made MakeMetaspace(Fields& fields) {
  const std::string replacement = fields.String("replacement", "\u2581");
  std::string scheme = fields.String("prepend_scheme", "always");
  if (!fields.Bool("add_prefix_space", true)) scheme = "never";
  for (const char* name : {"split", "str_rep"}) fields.Ignore(name);
  RETURN_NOT_OK(fields.Finish());
  return std::make_unique<MetaspaceDecoder>(replacement, scheme != "never");
}

Made MakePlain(Fields& fields, DecoderPtr decoder) {
  RETURN_NOT_OK(fields.Finish());
  return decoder;
}

}  // namespace

Made MakeDecoder(const json& json) {
  if (json.is_null()) return nullptr;
  Fields fields(json, kWhere);
  const std::string type = fields.Type();
  if (type == "ByteLevel") {
    for (const char* name : {"add_prefix_space", "trim_offsets", "use_regex"}) fields.Ignore(name);
    return MakePlain(fields, std::make_unique<ByteLevelDecoder>());
  }
  if (type == "WordPiece") {
    auto prefix = fields.String("prefix", "##");
    const bool cleanup = fields.Bool("cleanup", true);
    return MakePlain(fields, std::make_unique<WordPieceDecoder>(std::move(prefix), cleanup));
  }
  if (type == "BPEDecoder") {
    auto suffix = fields.String("suffix", "</w>");
    return MakePlain(fields, std::make_unique<SuffixDecoder>(std::move(suffix)));
  }
  if (type == "Strip") {
    auto content = fields.String("content", " ");
    const int64_t start = fields.Int("start", 0);
    const int64_t stop = fields.Int("stop", 0);
    if (content.empty()) return Unfit(kWhere, "content of Strip must be a character");
    return MakePlain(fields, std::make_unique<StripDecoder>(std::move(content), start, stop));
  }
  if (type == "Replace") {
    ARROW_ASSIGN_OR_RAISE(auto rule, ReadReplace(fields));
    return std::make_unique<ReplaceDecoder>(std::move(rule.from), std::move(rule.to));
  }
  if (type == "Sequence") return MakeSequence(fields);
  if (type == "Metaspace") return MakeMetaspace(fields);
  if (type == "Fuse") return MakePlain(fields, std::make_unique<FuseDecoder>());
  if (type == "ByteFallback") return MakePlain(fields, std::make_unique<ByteFallbackDecoder>());
  return UnknownType(fields, type,
                     {"BPEDecoder", "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace",
                      "Sequence", "Strip", "WordPiece"});
}

}  // namespace tideway::tokens
