// What pre-tokenizers do with the matches they find: SplitDelimiterBehavior of the tokenizers
// library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/tokens/pieces.h"

namespace tideway::tokens {

enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

// "Removed", "Isolated", ... An error of kind data for another name.
Result<Behavior> BehaviorOf(const std::string& where, const std::string& name);

// A part of a text; all together they are the text.
struct Match {
  std::string_view text;
  bool is_match = false;
};

// Adds what `behavior` makes of the matches to `out`; no empty pieces.
void AddPieces(const std::vector<Match>& matches, Behavior behavior, Pieces& out);

}  // namespace tideway::tokens
