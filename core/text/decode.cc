#include "core/text/decode.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/text/code_points_internal.h"
#include "core/text/detect.h"
#include "core/text/mixed_lines_internal.h"
#include "core/text/mojibake.h"

namespace tideway::text {
namespace {

using namespace internal;  // NOLINT: all is of this folder

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr int64_t kShortestRun = 3;

int64_t CountOf(std::string_view text, std::string_view part) {
  int64_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

int64_t QuestionMarks(std::string_view text) {
  int64_t all = 0;
  for (size_t at = text.find("???"); at != text.npos;) {
    const size_t end = std::min(text.find_first_not_of('?', at), text.size());
    all += static_cast<int64_t>(end - at);
    at = text.find("???", end);
  }
  static_assert(kShortestRun == 3);
  return all;
}

struct LineEnds {
  bool lf = false, cr = false, crlf = false;
  bool mixed() const { return lf + cr + crlf > 1; }
};

// A text without a carriage return has one kind at most.
LineEnds EndsOf(std::string_view text) {
  LineEnds ends;
  if (text.find('\r') == text.npos) {
    ends.lf = true;
    return ends;
  }
  for (size_t at = text.find_first_of("\r\n"); at != text.npos;
       at = text.find_first_of("\r\n", at)) {
    const bool pair = text.substr(at, 2) == "\r\n";
    (pair ? ends.crlf : text[at] == '\n' ? ends.lf : ends.cr) = true;
    at += pair ? 2 : 1;
  }
  return ends;
}

std::string WithLineEnds(std::string_view text, std::string_view line_end) {
  std::string changed;
  changed.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    changed += text.substr(at, end - at);
    if (end == text.size()) break;
    changed += line_end;
    at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  return changed;
}

// The text as it is now: what was made of the bytes, or the bytes.
class Work {
 public:
  Work(std::string_view bytes, DecodedText* decoded) : bytes_(bytes), decoded_(decoded) {}
  std::string_view text() const { return decoded_->text ? *decoded_->text : bytes_; }
  void Set(std::string text) { decoded_->text = std::move(text); }

 private:
  const std::string_view bytes_;
  DecodedText* decoded_;
};

// False where there is no text.
bool ByOnUnknown(std::string_view bytes, OnUnknown on_unknown, Work* work) {
  if (on_unknown != OnUnknown::kReplace && on_unknown != OnUnknown::kLatin1) return false;
  const char* encoding = on_unknown == OnUnknown::kLatin1 ? "latin-1" : "utf-8";
  auto decoded = DecodeBytes(bytes, encoding, /*replace=*/true);
  if (!decoded.ok()) return false;
  work->Set(std::move(decoded->text));
  return true;
}

bool Convert(std::string_view bytes, std::string_view encoding, Work* work) {
  if (encoding == "utf-8") {
    if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return false;
    return true;
  }
  auto decoded = DecodeBytes(bytes, encoding, /*replace=*/false);
  if (!decoded.ok()) return false;
  work->Set(std::move(decoded->text));
  return true;
}

bool ToText(std::string_view bytes, const DecodeOptions& options, DecodedText* decoded,
            Work* work) {
  if (!options.encoding.empty()) {
    decoded->encoding = options.encoding;
    if (Convert(bytes, options.encoding, work)) return true;
    decoded->problem = "no " + std::exchange(decoded->encoding, "");
  } else {
    const Detection found = Detect(bytes);
    decoded->encoding = found.encoding;
    decoded->problem = found.problem;
    decoded->best = found.best;
    decoded->second = found.second;
    if (found.problem == "damaged utf-8") {
      if (auto mixed = DecodeMixedLines(bytes)) {
        decoded->encoding = "utf-8, " + std::string(mixed->encoding);
        decoded->problem.clear();
        work->Set(std::move(mixed->text));
        return true;
      }
    }
    if (decoded->problem.empty()) {
      const std::string_view rest = bytes.substr(found.mark);
      if (Convert(rest, found.encoding, work)) {
        if (found.mark > 0 && !decoded->text) work->Set(std::string(rest));
        return true;
      }
      decoded->problem = "no " + std::exchange(decoded->encoding, "");
    }
  }
  return ByOnUnknown(bytes, options.on_unknown, work);
}

}  // namespace

DecodedText DecodeText(std::string_view bytes, const DecodeOptions& options) {
  DecodedText decoded;
  Work work(bytes, &decoded);
  if (!ToText(bytes, options, &decoded, &work)) return decoded;
  if (work.text().starts_with(kByteOrderMark)) {
    work.Set(std::string(work.text().substr(kByteOrderMark.size())));
  }
  if (options.mojibake) {
    if (auto mended = MendMojibake(work.text())) {
      decoded.mojibake = std::move(mended->read_as);
      decoded.guessed = mended->guessed;
      work.Set(std::move(mended->text));
    }
  }
  const LineEnds ends = EndsOf(work.text());
  decoded.mixed_newlines = ends.mixed();
  const bool to_lf = options.newlines == Newlines::kLf && (ends.cr || ends.crlf);
  const bool to_crlf = options.newlines == Newlines::kCrlf && (ends.cr || ends.lf);
  if (to_lf || to_crlf) work.Set(WithLineEnds(work.text(), to_lf ? "\n" : "\r\n"));
  decoded.lost = CountOf(work.text(), kReplacement);
  decoded.question_marks = QuestionMarks(work.text());
  return decoded;
}

Status CheckDecodeOptions(const DecodeOptions& options) {
  if (options.encoding.empty()) return Status::OK();
  if (DecodeBytes("", options.encoding, /*replace=*/false).ok()) return Status::OK();
  return Error(ErrorKind::kUsage,
               "text.decode: option `encoding` is not known: `" + options.encoding + "`")
      .Hint("use a name that Python's codecs have, such as cp1252 or koi8-r, or leave it out");
}

}  // namespace tideway::text
