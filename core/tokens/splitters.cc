#include "core/tokens/splitters.h"

#include <algorithm>

#include "core/tokens/json_fields.h"

namespace tideway::tokens {
namespace {

using Merged = std::vector<std::string_view>;

std::string_view Joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
}

// Joins each match to what is before it: a run of matches one by one, the first to what it follows.
void MergeWithPrevious(const std::vector<Match>& matches, Merged& pieces) {
  bool after_match = false;
  for (const Match& match : matches) {
    if (match.is_match && !after_match && !pieces.empty()) {
      pieces.back() = Joined(pieces.back(), match.text);
    } else {
      pieces.push_back(match.text);
    }
    after_match = match.is_match;
  }
}

void MergeWithNext(const std::vector<Match>& matches, Merged& pieces) {
  bool before_match = false;
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    if (match->is_match && !before_match && !pieces.empty()) {
      pieces.back() = Joined(match->text, pieces.back());
    } else {
      pieces.push_back(match->text);
    }
    before_match = match->is_match;
  }
  std::ranges::reverse(pieces);
}

void MergeRuns(const std::vector<Match>& matches, Merged& pieces) {
  bool after_match = false;
  for (const Match& match : matches) {
    if (match.is_match == after_match && !pieces.empty()) {
      pieces.back() = Joined(pieces.back(), match.text);
    } else {
      pieces.push_back(match.text);
    }
    after_match = match.is_match;
  }
}

}  // namespace

Result<Behavior> BehaviorOf(const std::string& where, const std::string& name) {
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Isolated") return Behavior::kIsolated;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  if (name == "Contiguous") return Behavior::kContiguous;
  return Unfit(where, "no such behavior: `" + name + "`");
}

void AddPieces(const std::vector<Match>& matches, Behavior behavior, Pieces& out) {
  Merged merged;
  switch (behavior) {
    case Behavior::kRemoved:
    case Behavior::kIsolated:
      for (const Match& match : matches) {
        const bool kept = behavior == Behavior::kIsolated || !match.is_match;
        if (kept && !match.text.empty()) out.Add(match.text);
      }
      return;
    case Behavior::kMergedWithPrevious:
      MergeWithPrevious(matches, merged);
      break;
    case Behavior::kMergedWithNext:
      MergeWithNext(matches, merged);
      break;
    case Behavior::kContiguous:
      MergeRuns(matches, merged);
      break;
  }
  for (const std::string_view piece : merged) {
    if (!piece.empty()) out.Add(piece);
  }
}

}  // namespace tideway::tokens
