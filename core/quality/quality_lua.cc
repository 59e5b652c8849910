#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/kernel.h"
#include "core/quality/kernel.h"
#include "core/quality/language.h"
#include "core/quality/rules.h"

namespace tideway::quality {
namespace {

using Json = nlohmann::ordered_json;

// The fields of an options table, which become the kernel's JSON as they are read.
class Thresholds {
 public:
  Thresholds(lua_State* L, const char* function)
      : L_(L), function_(function), options_(L, 1, function) {}

  void Read(const char* name, int64_t& value) { json_[name] = value = options_.RequiredInt(name); }
  void Read(const char* name, double& value) {
    json_[name] = value = options_.RequiredNumber(name);
  }
  void Read(const char* name, std::vector<std::string>& value) {
    json_[name] = value = options_.Strings(name);
  }
  void Read(const char* name, std::vector<double>& value) {
    options_.PushValue(name);
    const bool is_list = lua_istable(L_, -1);
    if (!is_list) wrong_ = name;
    for (int i = 1; is_list && i <= static_cast<int>(lua_objlen(L_, -1)); ++i) {
      lua_rawgeti(L_, -1, i);
      if (lua_type(L_, -1) != LUA_TNUMBER) wrong_ = name;
      value.push_back(lua_tonumber(L_, -1));
      lua_pop(L_, 1);
    }
    lua_pop(L_, 1);
    json_[name] = value;
  }
  Result<std::string> Finish() {
    options_.Finish();
    if (wrong_ == nullptr) return json_.dump();
    return Error(ErrorKind::kUsage,
                 fmt::format("{}: option `{}` must be a list of numbers", function_, wrong_));
  }

 private:
  lua_State* const L_;
  const char* const function_;
  binding::Options options_;
  Json json_;
  const char* wrong_ = nullptr;  // an option that is no list of numbers
};

template <typename Options>
int PushRules(lua_State* L, const char* name, std::string json, Options options) {
  binding::PushKernel(
      L, MakeKernel(name, std::move(json), [options = std::move(options)](std::string_view text) {
        const char* rule = Judge(text, options);
        return rule == nullptr ? std::nullopt : std::optional<std::string>(rule);
      }));
  return 1;
}

Result<int> Gopher(lua_State* L) {
  GopherOptions options;
  Thresholds given(L, "quality.gopher");
  given.Read("min_words", options.min_words);
  given.Read("max_words", options.max_words);
  given.Read("min_word_length", options.min_word_length);
  given.Read("max_word_length", options.max_word_length);
  given.Read("max_symbol_share", options.max_symbol_share);
  given.Read("max_bullet_lines", options.max_bullet_lines);
  given.Read("max_ellipsis_lines", options.max_ellipsis_lines);
  given.Read("min_alphabetic_words", options.min_alphabetic_words);
  given.Read("min_stop_words", options.min_stop_words);
  given.Read("stop_words", options.stop_words);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  return PushRules(L, "quality.gopher", std::move(json), std::move(options));
}

Result<int> Repetition(lua_State* L) {
  RepetitionOptions options;
  Thresholds given(L, "quality.repetition");
  given.Read("max_repeated_paragraphs", options.max_repeated_paragraphs);
  given.Read("max_repeated_lines", options.max_repeated_lines);
  given.Read("max_repeated_paragraph_characters", options.max_repeated_paragraph_characters);
  given.Read("max_repeated_line_characters", options.max_repeated_line_characters);
  given.Read("max_top_ngrams", options.max_top_ngrams);
  given.Read("max_repeated_ngrams", options.max_repeated_ngrams);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  return PushRules(L, "quality.repetition", std::move(json), std::move(options));
}

Result<int> FineWeb(lua_State* L) {
  FineWebOptions options;
  Thresholds given(L, "quality.fineweb");
  given.Read("min_punctuated_lines", options.min_punctuated_lines);
  given.Read("max_short_lines", options.max_short_lines);
  given.Read("short_line", options.short_line);
  given.Read("max_repeated_line_characters", options.max_repeated_line_characters);
  given.Read("max_line_breaks", options.max_line_breaks);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  return PushRules(L, "quality.fineweb", std::move(json), options);
}

C4Options ReadC4(Thresholds& given) {
  C4Options options;
  given.Read("min_sentences", options.min_sentences);
  given.Read("min_line_words", options.min_line_words);
  given.Read("max_word_length", options.max_word_length);
  given.Read("line_phrases", options.line_phrases);
  given.Read("text_phrases", options.text_phrases);
  return options;
}

Result<int> C4(lua_State* L) {
  Thresholds given(L, "quality.c4");
  C4Options options = ReadC4(given);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  return PushRules(L, "quality.c4", std::move(json), std::move(options));
}

Result<int> C4Lines(lua_State* L) {
  Thresholds given(L, "quality.c4_lines");
  C4Options options = ReadC4(given);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  binding::PushKernel(L, MakeKernel("quality.c4_lines", std::move(json),
                                    [options = std::move(options)](std::string_view text) {
                                      return CleanLines(text, options);
                                    }));
  return 1;
}

Result<int> Language(lua_State* L) {
  double min_share = 0;
  Thresholds given(L, "quality.language");
  given.Read("min_share", min_share);
  ARROW_ASSIGN_OR_RAISE(std::string json, given.Finish());
  if (!(min_share >= 0 && min_share <= 1)) {
    return Error(ErrorKind::kUsage, "quality.language: min_share must be from 0 to 1");
  }
  binding::PushKernel(
      L, MakeKernel("quality.language", std::move(json),
                    [min_share](std::string_view text) { return LanguageOf(text, min_share); }));
  return 1;
}

}  // namespace

int OpenQuality(lua_State* L) {
  return binding::PushModule(L, {{"gopher", binding::Entry<Gopher>},
                                 {"repetition", binding::Entry<Repetition>},
                                 {"fineweb", binding::Entry<FineWeb>},
                                 {"c4", binding::Entry<C4>},
                                 {"c4_lines", binding::Entry<C4Lines>},
                                 {"language", binding::Entry<Language>}});
}

}  // namespace tideway::quality
