// The YAML block at the head of a README.md, taken apart by lines and never rewritten, so that what
// is not ours stays as it was, byte for byte.
//
//   CardText card = SplitCard(readme);                      // prefix + yaml + rest == readme
//   ARROW_ASSIGN_OR_RAISE(auto lines, ScanYaml(card.yaml, card.first_line));
//
// Not a YAML parser: it finds where keys and list items begin, past quoted text, flow collections
// and block scalars of any number of lines. What it cannot split with certainty is an error of kind
// data that names the line. Thread safety: pure functions; results view the text given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::hub {

struct CardText {
  std::string_view prefix;  // up to the first YAML line, `---` included; empty without front matter
  std::string_view yaml;    // whole lines
  std::string_view rest;    // from the closing `---` on; all of the card without front matter
  int first_line = 1;       // the number of the first line of `yaml`
  bool has_front_matter = false;
  std::string_view line_end = "\n";  // of the opening line, or of the card's first line
};

// Finds the front matter by the rule of the Hub and of its Python client: `---` on the first line
// that is not blank, closed by the next line of `---`. A byte order mark, with which those clients
// find none, is left out of `prefix`.
CardText SplitCard(std::string_view card);

// A line that begins a key, a list item or plain text; lines that continue a quoted text, a flow
// collection or a block scalar belong to the one before.
struct YamlLine {
  static constexpr size_t kNone = std::string_view::npos;
  int number = 0;
  size_t begin = 0;            // offset of the line
  size_t end = 0;              // offset after its last continuation line
  size_t dash_column = kNone;  // of the first `- `; kNone when it begins no list item
  size_t column = 0;           // of the key or text, after the dashes
  bool has_key = false;
  std::string key;         // unquoted
  std::string_view value;  // after the key's colon, or the text; without a trailing line end
};

// The lines of `yaml` that are neither blank nor comments.
Result<std::vector<YamlLine>> ScanYaml(std::string_view yaml, int first_line);

// The error for YAML that cannot be split: "hub: cannot read the YAML of README.md: line 7: ...".
Error CardError(int line, std::string_view why);

}  // namespace tideway::hub
