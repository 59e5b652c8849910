// Undoes what happens to text whose UTF-8 was read as another encoding: "GrÃ¶ÃŸe" is "Größe" again.
//
//   if (auto mended = MendMojibake(text)) text = std::move(mended->text);
//
// The whole text must go back through the wrong page and be valid UTF-8 then: so the repair is
// exact. It must also be clearly more probable than the text as it stands, in any language of the
// model (language_cost_internal.h). A text in which something beyond ASCII was read rightly is left
// alone; so is one that quotes single characters of mojibake, as texts about it do, and has no
// other. Texts that were read wrong several times are undone as often.
//
// One loss is made good: where spaces took the place of no-break spaces, the second byte of "à" (C3
// A0) has become one, and is taken for what it was.
//
// Threads: pure. Almost all texts are told right by their first character beyond ASCII.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tideway::text {

struct Mended {
  std::string text = {};
  // The pages that it had been read as, the last one first: "windows-1252, windows-1252".
  std::string read_as = {};
  int64_t guessed = 0;  // bytes that had become spaces
};

// Nothing when there is nothing to mend. REQUIRES: `text` is valid UTF-8.
std::optional<Mended> MendMojibake(std::string_view text);

}  // namespace tideway::text
