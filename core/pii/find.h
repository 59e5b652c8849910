// Finds personal data and secrets in a text, in one pass over its bytes.
//
//   const Finder finder = Finder::Make({.kinds = {"email", "phone"}}).ValueOrDie();
//   for (const Finding& found : finder.Find(text)) ...
//
// Findings come in the order of their places and do not overlap: of two that do, the longer is
// kept; of two of one length the more specific (kind.h), the earlier. Time is linear in the text,
// whatever it holds, but for users' patterns that match nearly everywhere. Any bytes are a text.
//
// Threads: a Finder is never changed after it is made; any thread may use it, several at once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/pii/kind.h"

namespace tideway::pii {

struct FindOptions {
  std::vector<std::string> kinds = {};  // names; empty: all
  bool public_only = true;              // of IP addresses those that can be reached from everywhere
  // Values that are no findings, in any case; an entry that begins with @ stands for all addresses
  // of that domain and of those below it.
  std::vector<std::string> allow = {};
  // Users' own patterns by name: regular expressions as RE2 reads them, over bytes.
  std::map<std::string, std::string> patterns = {};
  uint32_t skipped_checks = 0;  // bit i: Check i of scan_internal.h; for tests
};

class Finder {
 public:
  // Errors of kind usage: an unknown kind, a pattern that is none, a name of one that is not of
  // small letters, digits and _, or that a kind has.
  static Result<Finder> Make(const FindOptions& options);

  std::vector<Finding> Find(std::string_view text) const;
  // Of a finding's kind: "email", or the name of a pattern.
  std::string_view NameOf(int kind) const;
  int kinds() const;  // with those of patterns

 private:
  struct State;
  explicit Finder(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace tideway::pii
