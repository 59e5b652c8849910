// The regular expressions that tokenizer.json files split text by, each as a function written by
// hand: known by its exact text.
//
//   const Matcher match = FindPattern(R"(\p{N}{1,3})");     // null for one that is not known
//   const char* after = match(p, end);                       // null where nothing matches at `p`
//
// A function gives what Oniguruma gives for the expression at that place. Time is linear in the
// length of the match, but for what stands in front of white space. Threads: functions are pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tideway::tokens {

// The end of the match that begins at `p`; null when there is none. REQUIRES: p < end, UTF-8.
using Matcher = const char* (*)(const char* p, const char* end);

Matcher FindPattern(std::string_view pattern);
// GPT-2's, which ByteLevel brings itself.
const char* MatchGpt2(const char* p, const char* end);
// What errors call those that are known.
std::string KnownPatterns();

}  // namespace tideway::tokens
