#include <array>
#include <cstring>
#include <string_view>

#include "core/text/row_cleaner_internal.h"

namespace tideway::text::internal {
namespace {

constexpr bool IsAsciiSpace(uint8_t byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1C && byte <= 0x1F);
}

// The bytes that begin white space in UTF-8, some of them other characters too.
constexpr std::array<bool, 256> kMaybeSpace = [] {
  std::array<bool, 256> table{};
  for (size_t byte = 0; byte < 128; ++byte) table[byte] = IsAsciiSpace(static_cast<uint8_t>(byte));
  for (size_t lead : {0xC2, 0xE1, 0xE2, 0xE3}) table[lead] = true;
  return table;
}();

// The bytes of the white-space character at `p`, 0 if there is none.
int SpaceLength(const uint8_t* p, const uint8_t* end) {
  if (p == end || !kMaybeSpace[*p]) return 0;
  if (*p < 128) return 1;
  if (*p == 0xC2) return end - p >= 2 && (p[1] == 0x85 || p[1] == 0xA0) ? 2 : 0;
  if (end - p < 3) return 0;
  const int code_point = (p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F);
  if ((p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return 0;
  const bool space = code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200A) ||
                     code_point == 0x2028 || code_point == 0x2029 || code_point == 0x202F ||
                     code_point == 0x205F || code_point == 0x3000;
  return space ? 3 : 0;
}

const uint8_t* FindSpace(const uint8_t* p, const uint8_t* end) {
  while (p < end && !(kMaybeSpace[*p] && SpaceLength(p, end) > 0)) ++p;
  return p;
}

// The length of "http://", "https://" or "www." at `p`, 0 if none is there.
int UrlPrefixLength(const uint8_t* p, const uint8_t* end) {
  const std::string_view text(reinterpret_cast<const char*>(p), static_cast<size_t>(end - p));
  for (std::string_view prefix : {"http://", "https://", "www."}) {
    if (text.starts_with(prefix)) return static_cast<int>(prefix.size());
  }
  return 0;
}

}  // namespace

uint8_t* RowCleaner::Clean(const uint8_t* begin, const uint8_t* end, uint8_t* out) {
  end_ = end;
  out_begin_ = out_ = out;
  tag_ = nullptr;
  const uint8_t* from = Resume(begin);
  for (;;) {
    const uint8_t* event = scanner_.Next(from, end);
    if (event == end) break;
    from = Event(event);
  }
  Flush(end);
  if (options_.whitespace && out_ > out_begin_ && out_[-1] == ' ') --out_;
  return out_;
}

const uint8_t* RowCleaner::Event(const uint8_t* event) {
  switch (*event) {
    case 'h':
    case 'w':
      return Url(event);
    case '<':
      if (options_.html && tag_ == nullptr) {
        Flush(event);
        tag_ = out_;
      }
      return event + 1;
    case '>':
      return TagEnd(event);
    default:
      return Space(event);
  }
}

const uint8_t* RowCleaner::Url(const uint8_t* event) {
  const int prefix = options_.urls ? UrlPrefixLength(event, end_) : 0;
  if (prefix == 0) return event + 1;
  const uint8_t* rest = event + prefix;
  const uint8_t* url_end = FindSpace(rest, end_);
  if (url_end == rest) return rest;
  Flush(event);
  return Resume(url_end);
}

const uint8_t* RowCleaner::TagEnd(const uint8_t* event) {
  if (tag_ == nullptr) return event + 1;
  out_ = tag_;
  tag_ = nullptr;
  return Resume(event + 1);
}

const uint8_t* RowCleaner::Space(const uint8_t* event) {
  if (options_.whitespace) {
    if (SpaceLength(event, end_) == 0) return event + 1;
    Flush(event);
    return Resume(event);
  }
  if (*event != '\n') return event + 1;
  if (options_.newlines) {
    Flush(event);
    *out_++ = ' ';
    pending_ = event + 1;
  }
  tag_ = nullptr;
  return event + 1;
}

void RowCleaner::Flush(const uint8_t* position) {
  const auto size = static_cast<size_t>(position - pending_);
  std::memcpy(out_, pending_, size);
  out_ += size;
  pending_ = position;
}

const uint8_t* RowCleaner::Resume(const uint8_t* position) {
  pending_ = position;
  if (options_.whitespace) FoldSpaces();
  return pending_;
}

void RowCleaner::FoldSpaces() {
  const uint8_t* begin = pending_;
  while (const int length = SpaceLength(pending_, end_)) {
    if (*pending_ == '\n') tag_ = nullptr;
    pending_ += length;
  }
  if (pending_ == begin) return;
  if (out_ != out_begin_ && out_[-1] != ' ') *out_++ = ' ';
}

}  // namespace tideway::text::internal
