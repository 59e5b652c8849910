// Identifiers of Software Heritage (SWHID, ISO/IEC 18670): "swh:1:cnt:<40 hex>;origin=...".
//
//   ARROW_ASSIGN_OR_RAISE(const Swhid id, ParseSwhid(text));
//   const std::string text = FormatSwhid(id);
//
// Qualifiers are written in the order of the standard: origin, visit, anchor, path, lines; `;` and
// `%` in them as %3B and %25. Threads: values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tideway::swh {

struct Swhid {
  std::string type;  // "cnt", "dir", "rev", "rel" or "snp"
  std::string hash;  // 40 lower-case hex digits
  // By name, decoded; in any order.
  std::vector<std::pair<std::string, std::string>> qualifiers = {};
  bool operator==(const Swhid&) const = default;
};

// Errors of kind data name the part that is wrong.
Result<Swhid> ParseSwhid(std::string_view text);
// Leaves out qualifiers that are empty. The same errors.
Result<std::string> FormatSwhid(const Swhid& id);

// "swh:1:cnt:..." of these bytes.
std::string SwhidOfContent(std::string_view bytes);

}  // namespace tideway::swh
