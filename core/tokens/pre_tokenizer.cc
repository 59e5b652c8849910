#include "core/tokens/pre_tokenizer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/tokens/char_class.h"
#include "core/tokens/json_fields.h"
#include "core/tokens/split_pattern.h"
#include "core/tokens/splitters.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;
using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;
using Made = Result<PreTokenizerPtr>;

constexpr const char* kWhere = "pre_tokenizer";

// The parts of `text` by what `match` finds.
std::vector<Match> MatchesOf(std::string_view text, Matcher match) {
  std::vector<Match> matches;
  const char* end = text.data() + text.size();
  const char* open = text.data();  // of what does not match
  for (const char* p = open; p < end;) {
    const char* after = match(p, end);
    if (after == nullptr) {
      p += Utf8At(p).size;
      continue;
    }
    if (open < p) matches.push_back({{open, static_cast<size_t>(p - open)}, false});
    matches.push_back({{p, static_cast<size_t>(after - p)}, true});
    open = p = after;
  }
  if (open < end) matches.push_back({{open, static_cast<size_t>(end - open)}, false});
  return matches;
}

void CutIsolated(std::string_view text, Matcher match, Pieces& out) {
  const char* end = text.data() + text.size();
  const char* open = text.data();
  for (const char* p = open; p < end;) {
    const char* after = match(p, end);
    if (after == nullptr) {
      p += Utf8At(p).size;
      continue;
    }
    if (open < p) out.Add(open, p);
    out.Add(p, after);
    open = p = after;
  }
  if (open < end) out.Add(open, end);
}

class SplitByPattern : public PreTokenizer {
 public:
  SplitByPattern(Matcher match, Behavior behavior, bool invert)
      : match_(match), behavior_(behavior), invert_(invert) {}
  void Split(std::string_view text, TextArena&, Pieces& out) const override {
    if (behavior_ == Behavior::kIsolated) return CutIsolated(text, match_, out);
    auto matches = MatchesOf(text, match_);
    if (invert_) {
      for (Match& match : matches) match.is_match = !match.is_match;
    }
    AddPieces(matches, behavior_, out);
  }

 private:
  const Matcher match_;
  const Behavior behavior_;
  const bool invert_;
};

class SplitByString : public PreTokenizer {
 public:
  SplitByString(std::string pattern, Behavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void Split(std::string_view text, TextArena&, Pieces& out) const override {
    std::vector<Match> matches;
    size_t begin = 0;
    for (size_t at = 0; (at = text.find(pattern_, begin)) != std::string_view::npos;) {
      if (begin < at) matches.push_back({text.substr(begin, at - begin), invert_});
      matches.push_back({text.substr(at, pattern_.size()), !invert_});
      begin = at + pattern_.size();
    }
    if (begin < text.size()) matches.push_back({text.substr(begin), invert_});
    AddPieces(matches, behavior_, out);
  }

 private:
  const std::string pattern_;
  const Behavior behavior_;
  const bool invert_;
};

// Each character of some classes is a match.
class SplitByClass : public PreTokenizer {
 public:
  SplitByClass(uint32_t classes, Behavior behavior) : classes_(classes), behavior_(behavior) {}
  void Split(std::string_view text, TextArena&, Pieces& out) const override {
    if (behavior_ != Behavior::kRemoved && behavior_ != Behavior::kIsolated) {
      return SplitMerged(text, out);
    }
    const char* end = text.data() + text.size();
    const char* open = text.data();
    for (const char* p = open; p < end;) {
      const CharStep c = StepAt(p);
      if (c.classes & classes_) {
        if (open < p) out.Add(open, p);
        if (behavior_ == Behavior::kIsolated) out.Add(p, p + c.size);
        open = p + c.size;
      }
      p += c.size;
    }
    if (open < end) out.Add(open, end);
  }

 private:
  void SplitMerged(std::string_view text, Pieces& out) const {
    std::vector<Match> matches;
    Pieces isolated([&](std::span<const std::string_view> some) {
      for (const std::string_view piece : some) {
        const bool is_match = (StepAt(piece.data()).classes & classes_) != 0;
        matches.push_back({piece, is_match});
      }
    });
    TextArena unused;
    SplitByClass(classes_, Behavior::kIsolated).Split(text, unused, isolated);
    isolated.HandOn();
    AddPieces(matches, behavior_, out);
  }

  const uint32_t classes_;
  const Behavior behavior_;
};

// \w+|[^\w\s]+
class Whitespace : public PreTokenizer {
 public:
  void Split(std::string_view text, TextArena&, Pieces& out) const override {
    const char* end = text.data() + text.size();
    const auto kind = [](const char* p) {
      const uint32_t classes = StepAt(p).classes;
      return classes & kWord ? 2 : (classes & kSpace ? 0 : 1);
    };
    for (const char* p = text.data(); p < end;) {
      const char* begin = p;
      const int begun = kind(p);
      do p += Utf8At(p).size;
      while (p < end && kind(p) == begun);
      if (begun != 0) out.Add(begin, p);
    }
  }
};

class ByteLevel : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex)
      : add_prefix_space_(add_prefix_space), use_regex_(use_regex) {}
  bool bytes() const override { return true; }
  void Split(std::string_view text, TextArena& arena, Pieces& out) const override {
    if (add_prefix_space_ && !text.starts_with(' ')) {
      std::string& prefixed = arena.New();
      prefixed.reserve(text.size() + 1);
      prefixed.append(1, ' ').append(text);
      text = prefixed;
    }
    if (use_regex_) return CutIsolated(text, MatchGpt2, out);
    out.Add(text);
  }

 private:
  const bool add_prefix_space_;
  const bool use_regex_;
};

class Metaspace : public PreTokenizer {
 public:
  Metaspace(std::string replacement, bool prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}
  void Split(std::string_view text, TextArena& arena, Pieces& out) const override {
    std::string& spaced = arena.New();
    for (const char c : text) {
      if (c == ' ') {
        spaced += replacement_;
      } else {
        spaced += c;
      }
    }
    if (prepend_ && !spaced.starts_with(replacement_)) spaced.insert(0, replacement_);
    if (!split_) {
      out.Add(spaced);
      return;
    }
    TextArena unused;
    SplitByString(replacement_, Behavior::kMergedWithNext, false).Split(spaced, unused, out);
  }

 private:
  const std::string replacement_;
  const bool prepend_;
  const bool split_;
};

class Sequence : public PreTokenizer {
 public:
  explicit Sequence(std::vector<PreTokenizerPtr> steps) : steps_(std::move(steps)) {}
  bool bytes() const override { return !steps_.empty() && steps_.back()->bytes(); }
  void Split(std::string_view text, TextArena& arena, Pieces& out) const override {
    if (steps_.empty()) return out.Add(text);
    SplitFrom(0, {&text, 1}, arena, out);
  }

 private:
  void SplitFrom(size_t step, std::span<const std::string_view> pieces, TextArena& arena,
                 Pieces& out) const {
    const auto split = [&](Pieces& parts) {
      for (const std::string_view piece : pieces) steps_[step]->Split(piece, arena, parts);
    };
    if (step + 1 == steps_.size()) return split(out);
    Pieces parts(
        [&](std::span<const std::string_view> some) { SplitFrom(step + 1, some, arena, out); });
    split(parts);
    parts.HandOn();
  }

  const std::vector<PreTokenizerPtr> steps_;
};

// A pattern is an object of one field, String or Regex.
Made MakeSplit(Fields& fields) {
  const json pattern_json = fields.Get("pattern");
  ARROW_ASSIGN_OR_RAISE(const Behavior behavior,
                        BehaviorOf(kWhere, fields.String("behavior", "Isolated")));
  const bool invert = fields.Bool("invert", false);
  RETURN_NOT_OK(fields.Finish());
  Fields pattern(pattern_json, std::string(kWhere) + ": pattern");
  const std::string text = pattern.String("String", "");
  const std::string regex = pattern.String("Regex", "");
  RETURN_NOT_OK(pattern.Finish());
  if (!text.empty()) return std::make_unique<SplitByString>(text, behavior, invert);
  const Matcher match = FindPattern(regex);
  if (match == nullptr) {
    return Unfit(kWhere, "a regular expression that is not known here: " + regex)
        .Hint("known: " + KnownPatterns());
  }
  return std::make_unique<SplitByPattern>(match, behavior, invert);
}

Made MakeByteLevel(Fields& fields) {
  const bool add_prefix_space = fields.Bool("add_prefix_space", true);
  const bool use_regex = fields.Bool("use_regex", true);
  fields.Ignore("trim_offsets");
  RETURN_NOT_OK(fields.Finish());
  return std::make_unique<ByteLevel>(add_prefix_space, use_regex);
}

Made MakeMetaspace(Fields& fields) {
  const std::string replacement = fields.String("replacement", "\u2581");
  std::string scheme = fields.String("prepend_scheme", "always");
  const bool split = fields.Bool("split", true);
  if (!fields.Bool("add_prefix_space", true)) scheme = "never";
  fields.Ignore("str_rep");
  RETURN_NOT_OK(fields.Finish());
  if (scheme != "always" && scheme != "never") {
    return Unfit(kWhere, "prepend_scheme of Metaspace must be always or never: `" + scheme + "`");
  }
  return std::make_unique<Metaspace>(replacement, scheme == "always", split);
}

Made MakeByClass(Fields& fields, uint32_t classes, Behavior behavior) {
  RETURN_NOT_OK(fields.Finish());
  return std::make_unique<SplitByClass>(classes, behavior);
}

Made MakePunctuation(Fields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Behavior behavior,
                        BehaviorOf(kWhere, fields.String("behavior", "Isolated")));
  return MakeByClass(fields, kPunctuation, behavior);
}

Made MakeBert(Fields& fields) {
  RETURN_NOT_OK(fields.Finish());
  std::vector<PreTokenizerPtr> steps;
  steps.push_back(std::make_unique<SplitByClass>(kSpace, Behavior::kRemoved));
  steps.push_back(std::make_unique<SplitByClass>(kPunctuation, Behavior::kIsolated));
  return std::make_unique<Sequence>(std::move(steps));
}

Made MakeSequence(Fields& fields) {
  const json& list = fields.Get("pretokenizers");
  RETURN_NOT_OK(fields.Finish());
  std::vector<PreTokenizerPtr> steps;
  for (const json& step : list) {
    if (!steps.empty() && steps.back()->bytes()) {
      return Unfit(kWhere, "ByteLevel must be the last of a Sequence");
    }
    ARROW_ASSIGN_OR_RAISE(steps.emplace_back(), MakePreTokenizer(step));
  }
  return std::make_unique<Sequence>(std::move(steps));
}

}  // namespace

Made MakePreTokenizer(const json& json) {
  if (json.is_null()) return nullptr;
  Fields fields(json, kWhere);
  const std::string type = fields.Type();
  if (type == "ByteLevel") return MakeByteLevel(fields);
  if (type == "Split") return MakeSplit(fields);
  if (type == "Sequence") return MakeSequence(fields);
  if (type == "BertPreTokenizer") return MakeBert(fields);
  if (type == "Metaspace") return MakeMetaspace(fields);
  if (type == "Punctuation") return MakePunctuation(fields);
  if (type == "WhitespaceSplit") return MakeByClass(fields, kSpace, Behavior::kRemoved);
  if (type == "Digits") {
    const bool each = fields.Bool("individual_digits", false);
    return MakeByClass(fields, kNumeric, each ? Behavior::kIsolated : Behavior::kContiguous);
  }
  if (type == "Whitespace") {
    RETURN_NOT_OK(fields.Finish());
    return std::make_unique<Whitespace>();
  }
  return UnknownType(fields, type,
                     {"BertPreTokenizer", "ByteLevel", "Digits", "Metaspace", "Punctuation",
                      "Sequence", "Split", "Whitespace", "WhitespaceSplit"});
}

}  // namespace tideway::tokens
