#include "core/pii/find.h"

#include <algorithm>
#include <set>

#include "core/pii/patterns_internal.h"
#include "core/pii/replacement_internal.h"
#include "core/pii/scan_internal.h"
#include "core/pii/triggers_internal.h"

namespace tideway::pii {
namespace {

constexpr size_t kMostTagBytes = 96;

using internal::Scan;
using internal::Settings;

void Visit(Scan& scan, size_t place) {
  const char c = scan.text[place];
  switch (c) {
    case '@':
      return FindEmail(scan, place);
    case '.':
      return FindIpv4(scan, place);
    case '+':
      return FindNumber(scan, place);
    case ':':
      return FindConnection(scan, place);
    case '-':
      return FindPrivateKey(scan, place);
    default:
      break;
  }
  if (scan.At(place + 4) == ':' && FindIpv6(scan, place)) return;
  if (internal::IsDigit(c)) return FindNumber(scan, place);
  if (c == 'e') FindJwt(scan, place);
  FindToken(scan, place);
  if (internal::IsNamePart(c, scan.At(place + 1), scan.At(place + 2))) FindAssignment(scan, place);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), internal::Lower);
  return lower;
}

// The longer first, then the more specific, then the earlier. Patterns come before kinds.
bool IsStronger(const Finding& a, const Finding& b) {
  const int64_t a_size = a.end - a.begin, b_size = b.end - b.begin;
  if (a_size != b_size) return a_size > b_size;
  const bool a_pattern = a.kind >= kKinds, b_pattern = b.kind >= kKinds;
  if (a_pattern != b_pattern) return a_pattern;
  return a.kind != b.kind ? a.kind < b.kind : a.begin < b.begin;
}

// Keeps of those in [first, last), each of which overlaps another, the strongest that do not.
void KeepStrongest(std::vector<Finding>& findings, size_t first, size_t last,
                   std::vector<Finding>& kept) {
  std::sort(findings.begin() + static_cast<ptrdiff_t>(first),
            findings.begin() + static_cast<ptrdiff_t>(last), IsStronger);
  const auto by_begin = [](const Finding& a, const Finding& b) { return a.begin < b.begin; };
  std::set<Finding, decltype(by_begin)> taken(by_begin);
  for (size_t i = first; i < last; ++i) {
    const Finding& one = findings[i];
    const auto after = taken.lower_bound(one);
    if (after != taken.end() && after->begin < one.end) continue;
    if (after != taken.begin() && std::prev(after)->end > one.begin) continue;
    taken.insert(one);
  }
  kept.insert(kept.end(), taken.begin(), taken.end());
}

std::vector<Finding> WithoutOverlaps(std::vector<Finding> findings) {
  std::ranges::sort(findings, {}, &Finding::begin);
  std::vector<Finding> kept;
  for (size_t first = 0; first < findings.size();) {
    int64_t end = findings[first].end;
    size_t last = first + 1;
    for (; last < findings.size() && findings[last].begin < end; ++last) {
      end = std::max(end, findings[last].end);
    }
    if (last == first + 1) {
      kept.push_back(findings[first]);
    } else {
      KeepStrongest(findings, first, last, kept);
    }
    first = last;
  }
  return kept;
}

}  // namespace

struct Finder::State {
  Settings settings;
  std::set<std::string> allowed;
  std::vector<std::string> allowed_domains;  // "@example.com"
  std::shared_ptr<const internal::Patterns> patterns;
  std::set<std::string> tag_names;  // "EMAIL", and those of the patterns

  // Patterns do not match what redaction has put there.
  bool TouchesTag(const Finding& found, std::string_view text) const;
  bool Allows(const Finding& found, std::string_view text) const;
};

bool Finder::State::Allows(const Finding& found, std::string_view text) const {
  const std::string value = LowerCase(
      text.substr(static_cast<size_t>(found.begin), static_cast<size_t>(found.end - found.begin)));
  if (allowed.contains(value)) return true;
  return found.kind == static_cast<int>(Kind::kEmail) &&
         std::ranges::any_of(allowed_domains, [&](const std::string& domain) {
           return value.ends_with(domain) || value.ends_with("." + domain.substr(1));
         });
}

bool Finder::State::TouchesTag(const Finding& found, std::string_view text) const {
  const auto begin = static_cast<size_t>(found.begin), end = static_cast<size_t>(found.end);
  for (size_t i = begin > kMostTagBytes ? begin - kMostTagBytes : 0; i < end; ++i) {
    if (text[i] == '<' && internal::TagEnd(text, i, tag_names) > std::max(i, begin)) return true;
  }
  return false;
}

Finder::Finder(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<Finder> Finder::Make(const FindOptions& options) {
  auto state = std::make_shared<State>();
  if (!options.kinds.empty()) state->settings.kinds = 0;
  for (const std::string& name : options.kinds) {
    const auto kind = KindOfName(name);
    if (!kind) {
      const std::vector<std::string> known(kKindNames.begin(), kKindNames.end());
      return Error(ErrorKind::kUsage, "pii: unknown kind: " + name + DidYouMean(name, known));
    }
    state->settings.kinds |= 1u << static_cast<int>(*kind);
  }
  state->settings.public_only = options.public_only;
  state->settings.skipped_checks = options.skipped_checks;
  for (const std::string& entry : options.allow) {
    if (entry.starts_with('@')) {
      state->allowed_domains.push_back(LowerCase(entry));
    } else {
      state->allowed.insert(LowerCase(entry));
    }
  }
  ARROW_ASSIGN_OR_RAISE(state->patterns, internal::Patterns::Make(options.patterns));
  for (std::string_view name : kKindNames) state->tag_names.insert(TagName(name));
  for (const std::string& name : state->patterns->names()) state->tag_names.insert(TagName(name));
  return Finder(std::move(state));
}

std::vector<Finding> Finder::Find(std::string_view text) const {
  std::vector<Finding> findings;
  Scan scan(text, state_->settings, findings);
  internal::VisitTriggers(text, [&scan](size_t place) { Visit(scan, place); });
  if (scan.has_secret_column) internal::FindSecretsInColumns(scan);
  const size_t by_kind = findings.size();
  state_->patterns->Find(text, findings);
  std::erase_if(findings, [&, i = size_t{0}](const Finding& found) mutable {
    return i++ >= by_kind && state_->TouchesTag(found, text);
  });
  if (findings.empty()) return findings;
  if (!state_->allowed.empty() || !state_->allowed_domains.empty()) {
    std::erase_if(findings, [&](const Finding& found) { return state_->Allows(found, text); });
  }
  return WithoutOverlaps(std::move(findings));
}

std::string_view Finder::NameOf(int kind) const {
  if (kind < kKinds) return kKindNames[static_cast<size_t>(kind)];
  return state_->patterns->names()[static_cast<size_t>(kind - kKinds)];
}

int Finder::kinds() const { return kKinds + static_cast<int>(state_->patterns->names().size()); }

}  // namespace tideway::pii
