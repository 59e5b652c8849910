#include "core/base/encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <map>
#include <tuple>
#include <utility>

#include "core/base/utf8.h"

namespace tideway {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Python's names, with dashes for `_`, by which iconv knows others.
const std::map<std::string, const char*, std::less<>>& Aliases() {
  static const std::map<std::string, const char*, std::less<>> aliases = {
      {"", "UTF-8"},
      {"u8", "UTF-8"},
      {"utf", "UTF-8"},
      {"cp65001", "UTF-8"},
      {"utf8", "UTF-8"},
      {"u7", "UTF-7"},
      {"u16", "UTF-16"},
      {"utf-16-le", "UTF-16LE"},
      {"utf-16-be", "UTF-16BE"},
      {"utf-32-le", "UTF-32LE"},
      {"utf-32-be", "UTF-32BE"},
      {"u32", "UTF-32"},
      {"646", "ASCII"},
      {"l9", "ISO-8859-15"},
      {"thai", "ISO-8859-11"},
      {"korean", "CP949"},
      {"ks-x-1001", "CP949"},
      {"ms1361", "JOHAB"},
      {"ms950", "CP950"},
      {"gb18030-2000", "GB18030"},
      {"mskanji", "CP932"},
      {"u-jis", "EUC-JP"},
      {"latin", "ISO-8859-1"},
      {"latin-1", "ISO-8859-1"},
      {"iso8859", "ISO-8859-1"},
      {"8859", "ISO-8859-1"},
      {"l1", "ISO-8859-1"},
      {"iso-8859-8-i", "ISO-8859-8"},
      {"iso-8859-8-e", "ISO-8859-8"},
      {"mbcs", "CP1252"},
      {"mac-roman", "MACINTOSH"},
      {"macroman", "MACINTOSH"},
      {"mac-cyrillic", "MAC-CYRILLIC"},
      {"maccyrillic", "MAC-CYRILLIC"},
      {"mac-latin2", "MAC-CENTRALEUROPE"},
      {"mac-centeuro", "MAC-CENTRALEUROPE"},
      {"shift-jis", "CP932"},
      {"shiftjis", "CP932"},
      {"sjis", "CP932"},
      {"s-jis", "CP932"},
      {"ms-kanji", "CP932"},
      {"windows-31j", "CP932"},
      {"eucjp", "EUC-JP"},
      {"ujis", "EUC-JP"},
      {"euckr", "CP949"},
      {"euc-kr", "CP949"},
      {"ks-c-5601-1987", "CP949"},
      {"ms949", "CP949"},
      {"uhc", "CP949"},
      {"gb2312", "GBK"},
      {"gb-2312-80", "GBK"},
      {"euc-cn", "GBK"},
      {"euccn", "GBK"},
      {"chinese", "GBK"},
      {"ms936", "CP936"},
      {"big5-tw", "BIG5"},
      {"big5-hkscs", "BIG5-HKSCS"},
      {"tis620", "TIS-620"},
      {"cyrillic", "ISO-8859-5"},
  };
  return aliases;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::string Normal(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    normal += c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<int>(c)));
  }
  // ICU says how Hebrew and Arabic were laid out.
  for (const std::string_view layout : {"-ltr", "-rtl"}) {
    if (normal.ends_with(layout)) normal.resize(normal.size() - layout.size());
  }
  if (normal.starts_with("windows-12")) normal = "cp" + normal.substr(8);
  if (normal.starts_with("iso2022-")) normal.insert(3, "-");
  if (normal != "646" && normal != "8859" && IsNumber(normal)) normal.insert(0, "cp");
  // "iso-8859-1-1987": with the year of the standard.
  const size_t year = normal.size() - std::min<size_t>(normal.size(), 5);
  if (normal.starts_with("iso-8859-") && year > 9 && IsNumber(normal.substr(year + 1))) {
    normal.resize(year);
  }
  return normal;
}

std::string IconvName(const std::string& normal) {
  const auto found = Aliases().find(normal);
  if (found != Aliases().end()) return found->second;
  std::string name;
  for (const char c : normal) name += static_cast<char>(std::toupper(static_cast<int>(c)));
  return name;
}

// iconv's state for one pair of encodings. To open one may load a library, so each thread keeps its
// own.
class Handle {
 public:
  Handle(const std::string& from, const std::string& to) {
    // A slash would be an instruction to iconv.
    const bool plain = from.find('/') == from.npos && to.find('/') == to.npos;
    if (plain) handle_ = iconv_open(to.c_str(), from.c_str());
  }
  ~Handle() {
    if (known()) iconv_close(handle_);
  }
  Handle(const Handle&) = delete;
  bool known() const { return handle_ != kNone; }
  iconv_t get() const { return handle_; }

  // The handle of this thread, as it is at the beginning of a text.
  static const Handle& Of(const std::string& from, const std::string& to) {
    constexpr size_t kMost = 64;
    thread_local std::map<std::pair<std::string, std::string>, Handle> handles;
    if (handles.size() > kMost) handles.clear();
    // Once it has seen the mark of one text it takes none of the next.
    if (from == "UTF-16" || from == "UTF-32") handles.erase({from, to});
    const Handle& handle = handles
                               .emplace(std::piecewise_construct, std::forward_as_tuple(from, to),
                                        std::forward_as_tuple(from, to))
                               .first->second;
    if (handle.known()) iconv(handle.get(), nullptr, nullptr, nullptr, nullptr);
    return handle;
  }

 private:
  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);
  iconv_t handle_ = kNone;
};

class Converter {
 public:
  // From the encoding `from` to `to`, by iconv's names.
  Converter(const std::string& from, const std::string& to)
      : name_(from), handle_(Handle::Of(from, to)) {}

  bool known() const { return handle_.known(); }

  Result<DecodedBytes> Convert(std::string_view bytes, bool replace) {
    DecodedBytes decoded;
    decoded.text.reserve(bytes.size());
    char* in = const_cast<char*>(bytes.data());
    size_t left = bytes.size();
    while (left > 0) {
      const int problem = Some(&in, &left, &decoded.text);
      if (problem == 0 || problem == E2BIG) continue;
      if (!replace) {
        return Error(ErrorKind::kData,
                     fmt::format("encoding: no {} from byte {} on", name_, bytes.size() - left));
      }
      const size_t passed = problem == EINVAL ? left : std::min(left, UnitBytes());
      decoded.text += kReplacement;
      ++decoded.replaced;
      in += passed;
      left -= passed;
    }
    Some(nullptr, nullptr, &decoded.text);
    return decoded;
  }

 private:
  // Converts until it must stop; returns errno, 0 for the end.
  int Some(char** in, size_t* left, std::string* text) {
    std::array<char, 16 << 10> piece;
    char* out = piece.data();
    size_t room = piece.size();
    const size_t result = iconv(handle_.get(), in, left, &out, &room);
    const int problem = result == static_cast<size_t>(-1) ? errno : 0;
    text->append(piece.data(), piece.size() - room);
    return problem;
  }
  size_t UnitBytes() const {
    if (name_.starts_with("UTF-16")) return 2;
    return name_.starts_with("UTF-32") ? 4 : 1;
  }

  const std::string name_;
  const Handle& handle_;
};

Error Unknown(std::string_view encoding) {
  return {ErrorKind::kData, fmt::format("encoding: unknown: `{}`", encoding)};
}

}  // namespace

Result<DecodedBytes> DecodeBytes(std::string_view bytes, std::string_view encoding, bool replace) {
  std::string normal = Normal(encoding);
  const bool drops_mark = normal == "utf-8-sig" || normal == "utf8-sig";
  if (drops_mark) {
    normal = "utf-8";
    if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  }
  const std::string name = IconvName(normal);
  if (name == "UTF-8" && IsUtf8(bytes)) return DecodedBytes{std::string(bytes), 0};
  Converter converter(name, "UTF-8");
  if (converter.known()) return converter.Convert(bytes, replace);
  return Unknown(encoding);
}

Result<std::string> EncodeText(std::string_view text, std::string_view encoding) {
  Converter converter("UTF-8", IconvName(Normal(encoding)));
  if (!converter.known()) return Unknown(encoding);
  ARROW_ASSIGN_OR_RAISE(DecodedBytes encoded, converter.Convert(text, /*replace=*/false));
  return std::move(encoded.text);
}

}  // namespace tideway
