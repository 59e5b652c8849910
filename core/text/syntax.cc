#include "core/text/syntax.h"

#include <algorithm>

#include "core/base/ascii.h"

namespace tideway::text {

Result<Syntax> Syntax::Make(SyntaxOptions options) {
  Syntax syntax;
  const auto add = [&](Opening kind, const std::string& open, const std::string& close) {
    syntax.openers_.push_back({kind, open, close});
  };
  for (const auto& open : options.line_comments) add(Opening::kLineComment, open, "\n");
  for (const auto& [open, close] : options.block_comments) add(Opening::kBlockComment, open, close);
  for (const auto& quote : options.strings) add(Opening::kString, quote, quote);
  for (const auto& quote : options.long_strings) add(Opening::kLongString, quote, quote);
  for (const auto& quote : options.template_strings) add(Opening::kTemplateString, quote, quote);
  for (const auto& [open, close] : options.raw_strings) add(Opening::kRawString, open, close);
  for (const auto& [open, close] : options.verbatim_strings) {
    add(Opening::kVerbatimString, open, close);
  }
  for (const Opener& opener : syntax.openers_) {
    if (opener.open.empty() || opener.close.empty()) {
      return Error(ErrorKind::kUsage, "stats.Syntax: an empty text opens or closes nothing");
    }
    syntax.starts_[static_cast<uint8_t>(opener.open[0])] = true;
  }
  std::ranges::stable_sort(syntax.openers_, [](const Opener& a, const Opener& b) {
    return a.open.size() > b.open.size();
  });
  syntax.function_words_.insert(options.function_words.begin(), options.function_words.end());
  syntax.options_ = std::move(options);
  return syntax;
}

const Syntax::Opener* Syntax::Find(std::string_view text) const {
  for (const Opener& opener : openers_) {
    if (text.starts_with(opener.open)) return &opener;
  }
  return nullptr;
}

const Syntax* SyntaxTable::Find(std::string_view language) const {
  const auto found = syntaxes.find(LowerAscii(language));
  return found == syntaxes.end() ? nullptr : &found->second;
}

}  // namespace tideway::text
