#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

#include "core/pii/patterns_internal.h"

namespace tideway::pii::internal {
namespace {

RE2::Options PatternOptions() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // bytes
  options.set_log_errors(false);
  return options;
}

constexpr size_t kMostNameBytes = 40;

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes && name[0] >= 'a' && name[0] <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

Status CheckName(const std::string& name) {
  if (!IsName(name)) {
    return Error(ErrorKind::kUsage, "pii: not a name for a pattern: " + name)
        .Hint("use small letters, digits and _, a letter first, 40 at most");
  }
  if (KindOfName(name)) {
    return Error(ErrorKind::kUsage, "pii: a kind has this name already: " + name)
        .Hint("give the pattern another name");
  }
  return Status::OK();
}

}  // namespace

struct Patterns::Compiled {
  Compiled() : set(PatternOptions(), RE2::UNANCHORED) {}
  RE2::Set set;
  std::vector<std::unique_ptr<RE2>> each;
};

Patterns::Patterns() : compiled_(std::make_unique<Compiled>()) {}
Patterns::~Patterns() = default;

Result<std::shared_ptr<const Patterns>> Patterns::Make(
    const std::map<std::string, std::string>& by_name) {
  std::shared_ptr<Patterns> patterns(new Patterns());
  for (const auto& [name, pattern] : by_name) {
    RETURN_NOT_OK(CheckName(name));
    auto compiled = std::make_unique<RE2>(pattern, PatternOptions());
    if (!compiled->ok()) {
      return Error(ErrorKind::kUsage,
                   "pii: pattern `" + name + "` is no regular expression: " + compiled->error());
    }
    patterns->names_.push_back(name);
    patterns->compiled_->set.Add(pattern, nullptr);
    patterns->compiled_->each.push_back(std::move(compiled));
  }
  if (!by_name.empty() && !patterns->compiled_->set.Compile()) {
    return Error(ErrorKind::kUsage, "pii: the patterns are too large together");
  }
  return patterns;
}

void Patterns::Find(std::string_view text, std::vector<Finding>& findings) const {
  if (names_.empty()) return;
  std::vector<int> matching;
  RE2::Set::ErrorInfo error;
  const re2::StringPiece whole(text.data(), text.size());
  if (!compiled_->set.Match(whole, &matching, &error)) {
    if (error.kind == RE2::Set::kNoError) return;
    // The automaton grew too large for this text.
    for (size_t i = 0; i < names_.size(); ++i) matching.push_back(static_cast<int>(i));
  }
  for (const int pattern : matching) {
    const RE2& one = *compiled_->each[static_cast<size_t>(pattern)];
    re2::StringPiece match;
    for (size_t from = 0;
         from <= text.size() && one.Match(whole, from, text.size(), RE2::UNANCHORED, &match, 1);) {
      const auto begin = static_cast<size_t>(match.data() - text.data());
      if (!match.empty()) {
        findings.push_back({kKinds + pattern, static_cast<int64_t>(begin),
                            static_cast<int64_t>(begin + match.size())});
      }
      from = std::max(begin + match.size(), match.empty() ? begin + 1 : from);
    }
  }
}

}  // namespace tideway::pii::internal
