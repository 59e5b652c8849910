#include "core/quality/language.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

namespace tideway::quality {

std::optional<std::string> LanguageOf(std::string_view text, double min_share) {
  constexpr int kMostPercent = 100;
  const auto size = static_cast<int>(text.size());
  const CLD2::CLDHints no_hints{nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3], text_bytes = 0, valid_bytes = 0;
  double scores[3];
  bool is_reliable = false;
  CLD2::ExtDetectLanguageSummaryCheckUTF8(text.data(), size, true, &no_hints, 0, languages,
                                          percents, scores, nullptr, &text_bytes, &is_reliable,
                                          &valid_bytes);
  const bool known = is_reliable && valid_bytes == size && languages[0] != CLD2::UNKNOWN_LANGUAGE;
  if (!known || percents[0] < min_share * kMostPercent) return std::nullopt;
  return CLD2::LanguageCode(languages[0]);
}

}  // namespace tideway::quality
