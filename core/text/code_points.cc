#include <algorithm>
#include <array>
#include <cstring>

#include "core/dataset/row_error.h"
#include "core/text/code_points_internal.h"

namespace tideway::text::internal {
namespace {

uint8_t At(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

// The payload of a continuation byte.
char32_t Six(std::string_view bytes, size_t i) { return At(bytes, i) & 0x3FU; }

}  // namespace

size_t CharacterLength(std::string_view bytes) {
  const uint8_t lead = At(bytes, 0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((At(bytes, i) & 0xC0) != 0x80) return 0;
  }
  const uint8_t second = At(bytes, 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

std::u32string CodePoints(std::string_view text) {
  std::u32string characters;
  characters.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const uint8_t lead = At(text, i);
    if (lead < 0x80) {
      characters += lead;
      i += 1;
    } else if (lead < 0xE0) {
      characters += (lead & 0x1FU) << 6 | Six(text, i + 1);
      i += 2;
    } else if (lead < 0xF0) {
      characters += (lead & 0x0FU) << 12 | Six(text, i + 1) << 6 | Six(text, i + 2);
      i += 3;
    } else {
      characters +=
          (lead & 0x07U) << 18 | Six(text, i + 1) << 12 | Six(text, i + 2) << 6 | Six(text, i + 3);
      i += 4;
    }
  }
  return characters;
}

void AppendUtf8(char32_t c, std::string* text) {
  const auto append = [&](char32_t byte) { *text += static_cast<char>(byte); };
  if (c < 0x80) {
    append(c);
    return;
  }
  if (c < 0x800) {
    append(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      append(0xE0 | c >> 12);
    } else {
      append(0xF0 | c >> 18);
      append(0x80 | (c >> 12 & 0x3F));
    }
    append(0x80 | (c >> 6 & 0x3F));
  }
  append(0x80 | (c & 0x3F));
}

std::string Utf8(std::u32string_view characters) {
  std::string text;
  text.reserve(characters.size());
  for (const char32_t c : characters) AppendUtf8(c, &text);
  return text;
}

size_t FirstBeyondAscii(std::string_view bytes) {
  constexpr uint64_t kHighBits = 0x8080808080808080U;
  std::array<uint64_t, 8> words{};
  size_t i = 0;
  for (; i + sizeof(words) <= bytes.size(); i += sizeof(words)) {
    std::memcpy(words.data(), bytes.data() + i, sizeof(words));
    const uint64_t all =
        (words[0] | words[1] | words[2] | words[3]) | (words[4] | words[5] | words[6] | words[7]);
    if ((all & kHighBits) != 0) break;
  }
  while (i < bytes.size() && static_cast<uint8_t>(bytes[i]) < 0x80) ++i;
  return i;
}

std::string SampleLines(std::string_view bytes, size_t limit) {
  constexpr size_t kBefore = 64;  // what is shown before what is beyond ASCII in a long line
  std::string sample;
  while (sample.size() < limit) {
    const size_t first = FirstBeyondAscii(bytes);
    if (first == bytes.size()) break;
    const size_t line_end = bytes.rfind('\n', first);
    const size_t begin = line_end == bytes.npos ? 0 : line_end + 1;
    const size_t end = std::min(bytes.find('\n', first), bytes.size());
    std::string_view line = bytes.substr(begin, end - begin);
    if (line.size() > limit) line.remove_prefix(first - begin - std::min(first - begin, kBefore));
    sample += dataset::CutText(line, limit);
    sample += '\n';
    bytes.remove_prefix(end);
  }
  return sample;
}

}  // namespace tideway::text::internal
