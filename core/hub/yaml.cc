#include "core/hub/yaml.h"

#include <arrow/result.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

// A port of what PyYAML's emitter.py does with plain data, which is the only definition of its
// output there is; names follow its names.

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::string_view_literals;  // NOLINT: the literals only

constexpr int kBestIndent = 2;
constexpr size_t kBestWidth = 80;

// Arrow's wide strings hold a code point each.
static_assert(sizeof(wchar_t) == 4);

std::wstring Decode(std::string_view text) {
  return arrow::util::UTF8ToWideString(text).ValueOr(L"\ufffd");
}
std::string Encode(const std::wstring& text) {
  return arrow::util::WideStringToUTF8(text).ValueOr("\ufffd");
}

bool IsBreak(wchar_t c) { return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool IsSpaceOrBreak(wchar_t c) {
  return c == 0 || c == ' ' || c == '\t' || c == '\r' || IsBreak(c);
}
bool IsOneOf(wchar_t c, std::string_view set) {
  return c < 0x80 && set.find(static_cast<char>(c)) != set.npos;
}
bool IsPrintable(wchar_t c) {
  return c == '\n' || (c >= 0x20 && c <= 0x7e) || c == 0x85 || (c >= 0xa0 && c <= 0xd7ff) ||
         (c >= 0xe000 && c <= 0xfffd && c != 0xfeff) || (c >= 0x10000 && c < 0x10ffff);
}

struct Analysis {
  bool indicators = false;   // has a character that means something to a reader
  bool breaks = false;       // has a line break
  bool edge_space = false;   // begins or ends with a space or a break
  bool break_space = false;  // a space after a break
  bool space_break = false;  // a break after a space
  bool special = false;      // has a character that must be escaped
};

// The indicators that block style minds.
bool IsIndicator(const std::wstring& text, size_t i) {
  const bool before = i == 0 || IsSpaceOrBreak(text[i - 1]);
  const bool after = i + 1 >= text.size() || IsSpaceOrBreak(text[i + 1]);
  if (i == 0 && IsOneOf(text[0], "#,[]{}&*!|>'\"%@`")) return true;
  if (i == 0 && IsOneOf(text[0], "?:-") && after) return true;
  return (text[i] == ':' && after) || (text[i] == '#' && before);
}

Analysis Analyze(const std::wstring& text) {
  Analysis out;
  out.indicators = text.starts_with(L"---") || text.starts_with(L"...");
  for (size_t i = 0; i < text.size(); ++i) {
    const wchar_t c = text[i];
    const bool edge = i == 0 || i + 1 == text.size();
    out.indicators |= IsIndicator(text, i);
    out.breaks |= IsBreak(c);
    out.special |= !IsPrintable(c);
    out.edge_space |= edge && (c == ' ' || IsBreak(c));
    out.break_space |= c == ' ' && i > 0 && IsBreak(text[i - 1]);
    out.space_break |= IsBreak(c) && i > 0 && text[i - 1] == ' ';
  }
  return out;
}

std::string Escape(wchar_t c) {
  constexpr std::wstring_view kFrom = L"\0\a\b\t\n\v\f\r\x1b\"\\\u0085\u00a0\u2028\u2029"sv;
  constexpr std::string_view kTo = "0abtnvfre\"\\N_LP";
  static_assert(kFrom.size() == kTo.size());
  if (const size_t at = kFrom.find(c); at != kFrom.npos) return {'\\', kTo[at]};
  const auto code = static_cast<uint32_t>(c);
  if (code <= 0xff) return fmt::format("\\x{:02X}", code);
  return code <= 0xffff ? fmt::format("\\u{:04X}", code) : fmt::format("\\U{:08X}", code);
}

class Emitter {
 public:
  void Mapping(const Json& mapping, int indent) {
    bool first = true;
    for (const auto& [key, value] : mapping.items()) {
      if (!first) Indent(indent);
      first = false;
      Text(key, /*indent=*/0, /*split=*/false);
      Put(":");
      Value(value, indent);
    }
  }
  void Sequence(const Json& sequence, int indent) {
    bool first = true;
    for (const Json& item : sequence) {
      if (!first) Indent(indent);
      first = false;
      Put("-");
      if (!item.empty() && item.is_structured()) {
        Put(" ");
        Nested(item, indent + kBestIndent);
      } else {
        Scalar(item, indent + kBestIndent);
      }
    }
  }
  std::string Finish() { return std::move(out_) + "\n"; }

 private:
  void Nested(const Json& value, int indent) {
    value.is_object() ? Mapping(value, indent) : Sequence(value, indent);
  }
  // The value of a key of the mapping at `indent`. A list stands under its key, not indented.
  void Value(const Json& value, int indent) {
    if (value.empty() || !value.is_structured()) return Scalar(value, indent + kBestIndent);
    const int inner = value.is_object() ? indent + kBestIndent : indent;
    Indent(inner);
    Nested(value, inner);
  }
  void Scalar(const Json& value, int indent) {
    Put(" ");
    if (value.is_string()) {
      Text(value.get_ref<const std::string&>(), indent, /*split=*/true);
    } else {
      Put(value.dump());
    }
  }

  void Text(const std::string& value, int indent, bool split) {
    const std::wstring text = Decode(value);
    const Analysis is = Analyze(text);
    const bool quoted_needed = is.indicators || is.edge_space || is.breaks || is.break_space ||
                               is.space_break || is.special;
    if (!quoted_needed && !ReadsAsOtherType(value)) return Plain(text, indent, split);
    if (is.break_space || is.space_break || is.special || (is.breaks && !split)) {
      return DoubleQuoted(text, indent, split);
    }
    SingleQuoted(text, indent, split);
  }

  void Plain(const std::wstring& text, int indent, bool split) {
    for (size_t i = 0; i < text.size();) {
      const size_t end = std::min(text.find_first_not_of(L' ', i), text.size());
      const bool one_space = end == i + 1;
      if (one_space && column_ > kBestWidth && split) {
        Indent(indent);
      } else {
        Put(text, i, end);
      }
      i = std::min(text.find(L' ', end), text.size());
      Put(text, end, i);
    }
  }

  void SingleQuoted(const std::wstring& text, int indent, bool split) {
    Put("'");
    for (size_t i = 0; i < text.size();) {
      if (text[i] == L' ') {
        const size_t end = std::min(text.find_first_not_of(L' ', i), text.size());
        const bool foldable = end == i + 1 && i != 0 && end != text.size();
        if (foldable && column_ > kBestWidth && split) {
          Indent(indent);
        } else {
          Put(text, i, end);
        }
        i = end;
      } else if (IsBreak(text[i])) {
        i = Breaks(text, i, indent);
      } else if (text[i] == L'\'') {
        Put("''");
        ++i;
      } else {
        size_t end = i;
        while (end < text.size() && text[end] != L' ' && text[end] != L'\'' &&
               !IsBreak(text[end])) {
          ++end;
        }
        Put(text, i, end);
        i = end;
      }
    }
    Put("'");
  }

  // Writes the run of line breaks at `i` as quoted text needs it: one more than are meant.
  size_t Breaks(const std::wstring& text, size_t i, int indent) {
    if (text[i] == '\n') LineBreak(L'\n');
    for (; i < text.size() && IsBreak(text[i]); ++i) LineBreak(text[i]);
    Pad(indent);
    return i;
  }

  void DoubleQuoted(const std::wstring& text, int indent, bool split) {
    Put("\"");
    size_t start = 0;
    for (size_t end = 0; end <= text.size(); ++end) {
      const wchar_t c = end < text.size() ? text[end] : 0;
      const bool plain = end < text.size() && c != '"' && c != '\\' && c != '\n' && c <= 0xffff &&
                         c != 0x85 && c != 0x2028 && c != 0x2029 && IsPrintable(c);
      if (!plain) {
        Put(text, start, end);
        start = end;
        if (end < text.size()) {
          Put(Escape(c));
          start = end + 1;
        }
      }
      const size_t pending = start < end ? end - start : 0;
      const bool may_break = end > 0 && end + 1 < text.size() && (c == ' ' || start >= end);
      // emitter.py adds end - start even where that is -1, just after an escape.
      const size_t width = column_ + pending - (start > end ? 1 : 0);
      if (may_break && split && width > kBestWidth) {
        Put(text, start, std::max(start, end));
        start = std::max(start, end);
        Put("\\");
        Indent(indent);
        if (text[start] == ' ') Put("\\");
      }
    }
    Put("\"");
  }

  void Put(std::string_view ascii) {
    out_ += ascii;
    column_ += ascii.size();
  }
  void Put(const std::wstring& text, size_t begin, size_t end) {
    if (begin >= end) return;
    out_ += Encode(text.substr(begin, end - begin));
    column_ += end - begin;
  }
  void LineBreak(wchar_t c) {
    out_ += Encode(std::wstring(1, c));
    column_ = 0;
  }
  void Pad(int indent) { Put(std::string(static_cast<size_t>(indent), ' ')); }
  void Indent(int indent) {
    LineBreak(L'\n');
    Pad(indent);
  }

  std::string out_;
  size_t column_ = 0;
};

}  // namespace

std::string ToYaml(const Json& value) {
  if (value.empty()) return value.dump() + "\n";
  Emitter emitter;
  value.is_object() ? emitter.Mapping(value, 0) : emitter.Sequence(value, 0);
  return emitter.Finish();
}

}  // namespace tideway::hub
