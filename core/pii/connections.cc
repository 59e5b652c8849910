// The credentials in the addresses of databases, caches, queues and proxies:
// scheme://user:password@host.
#include <algorithm>
#include <array>

#include "core/pii/context_internal.h"
#include "core/pii/randomness_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostAuthorityBytes = 512;

// What examples write.
constexpr auto kExamples =
    std::to_array<std::string_view>({"pass", "pwd", "pw", "guest", "user", "username", "admin",
                                     "root", "postgres", "mysql", "foo", "bar", "baz", "xxx"});

// As short as in the examples of manuals, and of small letters only.
bool IsShortWord(std::string_view password) {
  return password.size() < 8 &&
         std::ranges::all_of(password, [](char c) { return Is(c, kLowerByte); });
}

}  // namespace

void FindConnection(Scan& scan, size_t colon) {
  const std::string_view text = scan.text;
  if (!scan.settings.Has(Kind::kConnectionString) || colon == 0 || !IsAlnum(text[colon - 1]))
    return;
  const size_t begin = colon + 3;
  size_t at = 0, separator = 0;
  for (size_t i = begin; i < text.size() && i - begin < kMostAuthorityBytes; ++i) {
    const char c = text[i];
    if (Is(c, kSpaceByte | kQuoteByte) || IsOneOf(c, "/?#\n<>\\|)")) break;
    if (c == '@') at = i;
    if (c == ':' && separator == 0) separator = i;
  }
  if (at == 0 || separator == 0 || separator > at || separator + 1 == at) return;
  const std::string_view user = text.substr(begin, separator - begin);
  const std::string_view password = text.substr(separator + 1, at - separator - 1);
  const bool stand_in = IsPlaceholder(password) || IsTemplate(user) || password == user ||
                        IsShortWord(password) ||
                        std::ranges::find(kExamples, password) != kExamples.end();
  if (scan.Fails(Check::kPlaceholder, !stand_in)) return;
  scan.Add(Kind::kConnectionString, begin, at);
}

}  // namespace tideway::pii::internal
