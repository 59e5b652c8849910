#include "core/text/code_rules.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/text/code_points_internal.h"
#include "core/text/truncated_internal.h"

namespace tideway::text {
namespace {

// What there is of each kind, each in 16 bits of a word, so that one addition counts a byte.
enum Kind : uint64_t {
  kContinues = 1,       // a later byte of a character
  kAlnum = 1ULL << 16,  // beyond ASCII too
  kSpace = 1ULL << 32,
  kControl = 1ULL << 48,
};
constexpr size_t kPiece = 65535;

constexpr std::array<uint64_t, 256> KindsOfBytes() {
  std::array<uint64_t, 256> kinds{};
  for (size_t byte = 0; byte < kinds.size(); ++byte) {
    const bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    const bool digit = byte >= '0' && byte <= '9';
    const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
    const bool allowed = space || byte == '\b' || byte == 0x1A || byte == 0x1B;
    if ((byte & 0xC0) == 0x80) {
      kinds[byte] = kContinues;
    } else if (letter || digit || byte >= 0xC0) {
      kinds[byte] = kAlnum;
    } else if (space) {
      kinds[byte] = kSpace;
    } else if ((byte < 0x20 && !allowed) || byte == 0x7F) {
      kinds[byte] = kControl;
    }
  }
  return kinds;
}
constexpr std::array<uint64_t, 256> kKinds = KindsOfBytes();

struct Measures {
  double characters = 0, alnum = 0, space = 0, control = 0;
};

Measures Measure(std::string_view text) {
  Measures measures;
  measures.characters = static_cast<double>(text.size());
  for (size_t begin = 0; begin < text.size(); begin += kPiece) {
    uint64_t counts = 0;
    for (const char c : text.substr(begin, kPiece)) counts += kKinds[static_cast<uint8_t>(c)];
    const auto count = [&](int place) {
      return static_cast<double>(counts >> (16 * place) & 0xFFFF);
    };
    measures.characters -= count(0);
    measures.alnum += count(1);
    measures.space += count(2);
    measures.control += count(3);
  }
  return measures;
}

size_t CharactersOf(std::string_view line) {
  return static_cast<size_t>(std::count_if(
      line.begin(), line.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

struct Lines {
  double count = 0;
  double ends = 0;     // \n
  size_t longest = 0;  // characters, or less than the limit asked for
};

// Characters are counted only of lines that may be too long.
Lines LinesOf(std::string_view text, size_t limit) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    ++lines.count;
    lines.ends += line.size() < text.size();
    if (line.size() > limit) lines.longest = std::max(lines.longest, CharactersOf(line));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

double BrokenBytes(std::string_view text) {
  double broken = 0;
  for (size_t at = text.find("\xEF\xBF\xBD"); at != text.npos;
       at = text.find("\xEF\xBF\xBD", at + 3)) {
    broken += 3;
  }
  if (simdjson::validate_utf8(text.data(), text.size())) return broken;
  for (size_t i = internal::FirstBeyondAscii(text); i < text.size();) {
    const size_t length = internal::CharacterLength(text.substr(i));
    broken += length == 0;
    i += std::max<size_t>(length, 1);
  }
  return broken;
}

bool SaysGenerated(const CodeRules& rules, std::string_view text) {
  constexpr size_t kMostBytes = 8192;
  size_t end = 0;
  for (int64_t line = 0; line < rules.generated_lines && end < text.size(); ++line) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  std::string head(text.substr(0, std::min(end, kMostBytes)));
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::any_of(rules.generated.begin(), rules.generated.end(),
                     [&](const std::string& marker) { return head.find(marker) != head.npos; });
}

}  // namespace

std::vector<std::string_view> BrokenRules(const CodeRules& rules, std::string_view text,
                                          const Syntax* syntax) {
  std::vector<std::string_view> broken;
  const auto judge = [&](bool is_broken, std::string_view name) {
    if (is_broken) broken.push_back(name);
  };
  const auto bytes = static_cast<double>(text.size());
  const Measures all = Measure(text);
  const Lines lines = LinesOf(text, static_cast<size_t>(rules.max_line));
  const double mean_line = lines.count == 0 ? 0 : (all.characters - lines.ends) / lines.count;

  judge(rules.max_bytes > 0 && bytes > static_cast<double>(rules.max_bytes), "too_large");
  judge(rules.nul && text.find('\0') != text.npos, "nul");
  judge(rules.max_binary >= 0 && BrokenBytes(text) + all.control > rules.max_binary * bytes,
        "binary");
  judge(rules.max_control >= 0 && all.control > rules.max_control * bytes, "control_bytes");
  judge(rules.minified_line > 0 && mean_line >= rules.minified_line &&
            all.space <= rules.minified_space * all.characters,
        "minified");
  judge(rules.max_line > 0 && lines.longest > static_cast<size_t>(rules.max_line), "long_line");
  judge(rules.mean_line > 0 && mean_line > rules.mean_line, "long_mean_line");
  judge(all.alnum < rules.min_alphanumeric * all.characters, "few_alphanumerics");
  judge(rules.generated_lines > 0 && SaysGenerated(rules, text), "generated");
  judge(rules.truncated && syntax != nullptr && internal::IsTruncated(text, *syntax), "truncated");
  return broken;
}

}  // namespace tideway::text
