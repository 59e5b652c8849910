// Patterns of files in a repository, by the rules of fsspec's glob, which Python's `datasets` finds
// data files with.
//
//   ARROW_ASSIGN_OR_RAISE(const PathGlob glob, PathGlob::Parse("data/**/train-[0-9]*.csv"));
//   if (glob.Matches("data/en/train-1.csv")) ...
//
// `*` and `?` stand for characters but `/`; `[a-z]` and `[!a-z]` for one of a set; `**`, which must
// be a whole part between slashes, for any number of folders, and at the end for all below. All
// other characters, `{` too, stand for themselves. Thread safety: a value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tideway::hub {

// Whether `pattern` stands for more than one name.
bool HasMagic(std::string_view pattern);

class PathGlob {
 public:
  // Error of kind usage for a `**` that is only a piece of a part, as in `**.csv`.
  static Result<PathGlob> Parse(std::string_view pattern);

  // `path`: of a file, in UTF-8.
  bool Matches(std::string_view path) const;

 private:
  enum class Kind { kCharacter, kSet, kAnyOne, kStar, kOneOrMore, kFolders, kRest };
  struct Token {
    Kind kind;
    char32_t character = 0;  // of kCharacter
    bool negated = false;    // of kSet
    std::vector<std::pair<char32_t, char32_t>> ranges = {};
  };

  static Token SetOf(std::u32string_view inside);
  void AddPart(std::u32string_view part);
  std::vector<bool> Step(const Token& token, std::u32string_view text,
                         const std::vector<bool>& from) const;
  static bool Takes(const Token& token, char32_t c);

  std::string pattern_;
  std::vector<Token> tokens_;
  std::string root_;  // the folders before the first that is not plain
  size_t depth_ = 0;  // how many parts a path may have below it; 0: any
};

}  // namespace tideway::hub
