#include <fmt/format.h>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/kernel.h"
#include "core/text/clean.h"
#include "core/text/decode.h"
#include "core/text/tidy.h"

namespace tideway::text {

namespace {

using binding::Choice;
using binding::Options;

Result<int> Clean(lua_State* L) {
  Options given(L, 1, "text.clean");
  CleanOptions options;
  options.urls = given.Bool("urls", options.urls);
  options.html = given.Bool("html", options.html);
  options.newlines = given.Bool("newlines", options.newlines);
  options.whitespace = given.Bool("whitespace", options.whitespace);
  given.Finish();
  binding::PushKernel(L, MakeClean(options));
  return 1;
}

Result<int> Tidy(lua_State* L) {
  Options given(L, 1, "text.tidy");
  TidyOptions options;
  options.line_ends = given.Bool("line_ends", options.line_ends);
  options.blank_lines = given.Int("blank_lines", options.blank_lines);
  options.final_newline = given.Bool("final_newline", options.final_newline);
  given.Finish();
  if (options.blank_lines < 0) {
    return Error(ErrorKind::kUsage,
                 fmt::format("text.tidy: blank_lines must be at least 0: {}", options.blank_lines));
  }
  binding::PushKernel(L, MakeTidy(options));
  return 1;
}

// All but Finish(): rows have more options.
Result<DecodeOptions> ReadDecodeOptions(Options& given, const char* function, bool drops) {
  DecodeOptions options;
  options.encoding = given.String("encoding", "auto");
  if (options.encoding == "auto") options.encoding.clear();
  std::vector<std::pair<std::string, OnUnknown>> unknown = {{"refuse", OnUnknown::kRefuse},
                                                            {"null", OnUnknown::kNull},
                                                            {"replace", OnUnknown::kReplace},
                                                            {"latin1", OnUnknown::kLatin1}};
  if (drops) unknown.emplace_back("drop", OnUnknown::kDrop);
  ARROW_ASSIGN_OR_RAISE(options.on_unknown, Choice(given, function, "on_unknown", unknown));
  options.mojibake = given.Bool("mojibake", options.mojibake);
  ARROW_ASSIGN_OR_RAISE(options.newlines, Choice<Newlines>(given, function, "newlines",
                                                           {{"keep", Newlines::kKeep},
                                                            {"lf", Newlines::kLf},
                                                            {"crlf", Newlines::kCrlf}}));
  RETURN_NOT_OK(CheckDecodeOptions(options));
  return options;
}

Result<int> Decode(lua_State* L) {
  Options given(L, 1, "text.decode");
  ARROW_ASSIGN_OR_RAISE(const DecodeOptions options,
                        ReadDecodeOptions(given, "text.decode", /*drops=*/false));
  given.Finish();
  binding::PushKernel(L, MakeDecode(options));
  return 1;
}

void SetText(lua_State* L, const char* name, std::string_view value) {
  if (value.empty()) return;
  binding::PushString(L, value);
  lua_setfield(L, -2, name);
}

void SetCount(lua_State* L, const char* name, int64_t value) {
  lua_pushnumber(L, static_cast<lua_Number>(value));
  lua_setfield(L, -2, name);
}

Result<int> Detect(lua_State* L) {
  const std::string bytes = binding::CheckString(L, 1);
  Options given(L, 2, "text.detect");
  ARROW_ASSIGN_OR_RAISE(const DecodeOptions options,
                        ReadDecodeOptions(given, "text.detect", /*drops=*/false));
  given.Finish();
  const DecodedText decoded = DecodeText(bytes, options);
  const bool by_option =
      options.on_unknown == OnUnknown::kReplace || options.on_unknown == OnUnknown::kLatin1;
  lua_newtable(L);
  if (decoded.problem.empty() || by_option) {
    binding::PushString(L, decoded.text ? std::string_view(*decoded.text) : bytes);
    lua_setfield(L, -2, "text");
  }
  SetText(L, "encoding", decoded.encoding);
  SetText(L, "problem", decoded.problem);
  SetText(L, "best", decoded.best);
  SetText(L, "second", decoded.second);
  SetText(L, "mojibake", decoded.mojibake);
  SetCount(L, "guessed", decoded.guessed);
  SetCount(L, "lost", decoded.lost);
  SetCount(L, "question_marks", decoded.question_marks);
  lua_pushboolean(L, decoded.mixed_newlines);
  lua_setfield(L, -2, "mixed_newlines");
  return 1;
}

Result<int> DecodeRows(lua_State* L) {
  const dataset::NodePtr plan = binding::CheckObject<dataset::Dataset>(L, 1)->plan();
  std::string column = binding::CheckString(L, 2);
  Options given(L, 3, "decode");
  ARROW_ASSIGN_OR_RAISE(const DecodeOptions options,
                        ReadDecodeOptions(given, "decode", /*drops=*/true));
  DecodeColumns columns;
  columns.encoding = given.String("encoding_as", "");
  columns.problem = given.String("problem_as", "");
  columns.mojibake = given.String("mojibake_as", "");
  columns.lost = given.String("lost_as", "");
  columns.question_marks = given.String("question_marks_as", "");
  columns.mixed_newlines = given.String("mixed_newlines_as", "");
  given.Finish();
  binding::PushDataset(L, MakeDecodeRows(plan, std::move(column), options, columns));
  return 1;
}

}  // namespace

int OpenText(lua_State* L) {
  return binding::PushModule(L, {
                                    {"clean", binding::Entry<Clean>},
                                    {"decode", binding::Entry<Decode>},
                                    {"decode_rows", binding::Entry<DecodeRows>},
                                    {"detect", binding::Entry<Detect>},
                                    {"tidy", binding::Entry<Tidy>},
                                });
}

}  // namespace tideway::text
