#include "core/tokens/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/tokens/char_class.h"
#include "core/tokens/json_fields.h"
#include "core/tokens/lower_case.h"
#include "core/tokens/replace_all.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;
using NormalizerPtr = std::unique_ptr<const Normalizer>;
using Made = Result<NormalizerPtr>;

constexpr const char* kWhere = "normalizer";

bool IsAscii(std::string_view text) {
  uint8_t all = 0;
  for (const char c : text) all |= static_cast<uint8_t>(c);
  return all < 0x80;
}

// Puts what `append` makes of each character in its place.
template <typename Append>
void ForEachChar(std::string& text, const Append& append) {
  std::string changed;
  changed.reserve(text.size() + text.size() / 8);
  for (const char* p = text.data(); p < text.data() + text.size();) {
    const Utf8Char c = Utf8At(p);
    append(c, std::string_view(p, c.size), changed);
    p += c.size;
  }
  text.swap(changed);
}

void RemoveClass(std::string& text, uint32_t classes) {
  const auto& table = CharClasses();
  ForEachChar(text, [&](Utf8Char c, std::string_view bytes, std::string& out) {
    if (!(table[c.code] & classes)) out += bytes;
  });
}

// The characters that the library's tables of normal forms know: those of Unicode 9.
const icu::UnicodeSet& KnownChars() {
  static const icu::UnicodeSet known = [] {
    UErrorCode error = U_ZERO_ERROR;
    icu::UnicodeSet set(u"[:age=9.0:]", error);
    set.freeze();
    return set;
  }();
  return known;
}

class NormalForm : public Normalizer {
 public:
  // `form`: of ICU's, which lives as long as the process.
  explicit NormalForm(const icu::Normalizer2& form) : form_(form, KnownChars()) {}
  void Apply(std::string& text) const override {
    if (IsAscii(text)) return;
    std::string changed;
    icu::StringByteSink<std::string> sink(&changed, static_cast<int32_t>(text.size()));
    UErrorCode error = U_ZERO_ERROR;
    form_.normalizeUTF8(0, text, sink, nullptr, error);
    if (U_SUCCESS(error)) text.swap(changed);
  }

 private:
  const icu::FilteredNormalizer2 form_;
};

using GetForm = const icu::Normalizer2* (*)(UErrorCode&);

Made MakeForm(GetForm get) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = get(error);
  if (U_FAILURE(error)) {
    return Error(ErrorKind::kInternal, std::string("tokens: ICU: ") + u_errorName(error));
  }
  return std::make_unique<NormalForm>(*form);
}

// One whose work is a function.
class Simple : public Normalizer {
 public:
  using Work = std::function<void(std::string&)>;
  explicit Simple(Work work) : work_(std::move(work)) {}
  void Apply(std::string& text) const override { work_(text); }

 private:
  const Work work_;
};

class Sequence : public Normalizer {
 public:
  explicit Sequence(std::vector<NormalizerPtr> steps) : steps_(std::move(steps)) {}
  void Apply(std::string& text) const override {
    for (const NormalizerPtr& step : steps_) step->Apply(text);
  }

 private:
  const std::vector<NormalizerPtr> steps_;
};

void CleanText(std::string& text) {
  std::string clean(text.size(), '\0');
  char* out = clean.data();
  for (const char* p = text.data(); p < text.data() + text.size();) {
    const CharStep c = StepAt(p);
    if (c.classes & kSpace && !(c.classes & kControl)) {
      *out++ = ' ';
    } else if (!(c.classes & kControl)) {
      out = std::copy_n(p, c.size, out);
    }
    p += c.size;
  }
  clean.resize(static_cast<size_t>(out - clean.data()));
  text.swap(clean);
}

void SetIdeographsApart(std::string& text) {
  if (IsAscii(text)) return;
  const auto& table = CharClasses();
  ForEachChar(text, [&](Utf8Char c, std::string_view bytes, std::string& out) {
    const bool apart = (table[c.code] & kIdeograph) != 0;
    if (apart) out += ' ';
    out += bytes;
    if (apart) out += ' ';
  });
}

void Strip(std::string& text, bool left, bool right) {
  const auto is_space = [](const char* p) { return (CharClasses()[Utf8At(p).code] & kSpace) != 0; };
  size_t end = text.size();
  while (right && end > 0) {
    const char* last = Utf8Before(text.data() + end);
    if (!is_space(last)) break;
    end = static_cast<size_t>(last - text.data());
  }
  size_t begin = 0;
  while (left && begin < end && is_space(text.data() + begin)) {
    begin += Utf8At(text.data() + begin).size;
  }
  text = text.substr(begin, end - begin);
}

// What sentencepiece does first.
void ApplyNmt(std::string& text) {
  ForEachChar(text, [](Utf8Char c, std::string_view bytes, std::string& out) {
    const uint32_t code = c.code;
    if ((code >= 1 && code <= 8) || code == 0x0B || (code >= 0x0E && code <= 0x1F) ||
        code == 0x7F || code == 0x8F || code == 0x9F) {
      return;
    }
    const bool space = code == '\t' || code == '\n' || code == '\f' || code == '\r' ||
                       code == 0x1680 || (code >= 0x200B && code <= 0x200F) || code == 0x2028 ||
                       code == 0x2029 || code == 0x2581 || code == 0xFEFF || code == 0xFFFD;
    out += space ? std::string_view(" ") : bytes;
  });
}

Made MakeSimple(Fields& fields, Simple::Work work) {
  RETURN_NOT_OK(fields.Finish());
  return std::make_unique<Simple>(std::move(work));
}

Made MakeBert(Fields& fields) {
  const bool clean = fields.Bool("clean_text", true);
  const bool apart = fields.Bool("handle_chinese_chars", true);
  const bool lower = fields.Bool("lowercase", true);
  const bool strip = fields.Bool("strip_accents", lower);
  RETURN_NOT_OK(fields.Finish());
  std::vector<NormalizerPtr> steps;
  if (clean) steps.push_back(std::make_unique<Simple>(CleanText));
  if (apart) steps.push_back(std::make_unique<Simple>(SetIdeographsApart));
  if (strip) {
    ARROW_ASSIGN_OR_RAISE(steps.emplace_back(), MakeForm(icu::Normalizer2::getNFDInstance));
    steps.push_back(std::make_unique<Simple>([](std::string& text) {
      if (!IsAscii(text)) RemoveClass(text, kNonspacing);
    }));
  }
  if (lower) steps.push_back(std::make_unique<Simple>(LowerCase));
  return std::make_unique<Sequence>(std::move(steps));
}

Made MakeSequence(Fields& fields) {
  const json& list = fields.Get("normalizers");
  RETURN_NOT_OK(fields.Finish());
  std::vector<NormalizerPtr> steps;
  for (const json& step : list) {
    ARROW_ASSIGN_OR_RAISE(steps.emplace_back(), MakeNormalizer(step));
  }
  return std::make_unique<Sequence>(std::move(steps));
}

Made MakeFormOf(Fields& fields, const std::string& type) {
  RETURN_NOT_OK(fields.Finish());
  if (type == "NFC") return MakeForm(icu::Normalizer2::getNFCInstance);
  if (type == "NFD") return MakeForm(icu::Normalizer2::getNFDInstance);
  if (type == "NFKC") return MakeForm(icu::Normalizer2::getNFKCInstance);
  return MakeForm(icu::Normalizer2::getNFKDInstance);
}

}  // namespace

Made MakeNormalizer(const json& json) {
  if (json.is_null()) return nullptr;
  Fields fields(json, kWhere);
  const std::string type = fields.Type();
  if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
    return MakeFormOf(fields, type);
  }
  if (type == "BertNormalizer") return MakeBert(fields);
  if (type == "Sequence") return MakeSequence(fields);
  if (type == "Lowercase") return MakeSimple(fields, LowerCase);
  if (type == "Nmt") return MakeSimple(fields, ApplyNmt);
  if (type == "StripAccents") {
    return MakeSimple(fields, [](std::string& text) { RemoveClass(text, kCombining); });
  }
  if (type == "Strip") {
    const bool left = fields.Bool("strip_left", true);
    const bool right = fields.Bool("strip_right", true);
    return MakeSimple(fields, [left, right](std::string& text) { Strip(text, left, right); });
  }
  if (type == "Prepend") {
    const std::string prefix = fields.String("prepend", "");
    return MakeSimple(fields, [prefix](std::string& text) {
      if (!text.empty()) text.insert(0, prefix);
    });
  }
  if (type == "Replace") {
    ARROW_ASSIGN_OR_RAISE(const ReplaceRule rule, ReadReplace(fields));
    return std::make_unique<Simple>(
        [rule](std::string& text) { text = ReplaceAll(text, rule.from, rule.to); });
  }
  return UnknownType(fields, type,
                     {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Prepend",
                      "Replace", "Sequence", "Strip", "StripAccents"});
}

}  // namespace tideway::tokens
