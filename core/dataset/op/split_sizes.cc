#include "core/dataset/op/split_sizes.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

namespace tideway::dataset {
namespace {

__extension__ using Wide = __int128;

constexpr int kDecimals = 18;
constexpr size_t kPartsMax = 255;
// Below the twelfth decimal: the noise of a computed share.
constexpr ShareUnits kNoise = 1'000'000;

// The text's value in units; nothing unless it is digits with at most one point.
Result<ShareUnits> ParseShare(const SplitPart& part) {
  const auto wrong = [&] {
    return Error(ErrorKind::kUsage, "split: share of `" + part.name +
                                        "` must be a number above 0, at most 1: " + part.share);
  };
  const std::string_view text = part.share;
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  const auto digits = [](std::string_view value) {
    return value.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(whole) || !digits(decimals) || whole.size() + decimals.size() == 0) return wrong();
  if (whole.find_first_not_of("01") != std::string_view::npos || whole.size() > 1) return wrong();
  decimals.resize(kDecimals, '0');
  ShareUnits units = std::stoll(decimals);
  if (whole == "1") units += kWholeShare;
  if (units <= 0 || units > kWholeShare) return wrong();
  return units;
}

ShareUnits UnitsOf(const SplitPart& part) { return ParseShare(part).ValueOr(0); }

std::string UnitsText(Wide units) {
  std::string text = fmt::format("{}.{:018}", static_cast<int64_t>(units / kWholeShare),
                                 static_cast<int64_t>(units % kWholeShare));
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text + "0" : text;
}

// ceil(rows * part / whole), but the noise of computed shares does not count.
int64_t RoundUp(int64_t rows, Wide part, Wide whole) {
  constexpr Wide kNoisePerRow = 10'000;
  const bool computed = part % kNoise != 0 || whole % kNoise != 0;
  const Wide product = rows * part;
  const bool up = product % whole > (computed ? rows * kNoisePerRow : 0);
  return static_cast<int64_t>(product / whole) + (up ? 1 : 0);
}

// `size` spread over what the strata have left: floors first, then one more for the largest
// remainders.
std::vector<int64_t> SpreadCut(const std::vector<int64_t>& left, int64_t size) {
  const int64_t total = std::accumulate(left.begin(), left.end(), int64_t{0});
  std::vector<int64_t> taken(left.size());
  if (total == 0) return taken;
  std::vector<std::pair<Wide, size_t>> remainders;
  int64_t missing = size;
  for (size_t stratum = 0; stratum < left.size(); ++stratum) {
    const Wide product = static_cast<Wide>(left[stratum]) * size;
    taken[stratum] = static_cast<int64_t>(product / total);
    missing -= taken[stratum];
    remainders.emplace_back(-(product % total), stratum);
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t i = 0; missing > 0; ++i, --missing) ++taken[remainders[i].second];
  return taken;
}

}  // namespace

std::string ShareText(double share) {
  char text[400];
  const auto end = std::to_chars(std::begin(text), std::end(text), share, std::chars_format::fixed);
  return std::string(text, end.ptr);
}

Status SortParts(std::vector<SplitPart>& parts) {
  if (parts.empty()) {
    return Error(ErrorKind::kUsage, "split: no parts").Hint("say, train = 0.8, test = 0.2");
  }
  if (parts.size() > kPartsMax) {
    return Error(ErrorKind::kUsage,
                 fmt::format("split: at most {} parts: {}", kPartsMax, parts.size()));
  }
  std::set<std::string_view> names;
  Wide sum = 0;
  for (const SplitPart& part : parts) {
    if (part.name.empty()) return Error(ErrorKind::kUsage, "split: a part's name is empty");
    if (!names.insert(part.name).second) {
      return Error(ErrorKind::kUsage, "split: part given twice: `" + part.name + "`");
    }
    if (part.cap && *part.cap < 1) {
      return Error(ErrorKind::kUsage,
                   fmt::format("split: cap of `{}` must be at least 1: {}", part.name, *part.cap));
    }
    ARROW_ASSIGN_OR_RAISE(const ShareUnits units, ParseShare(part));
    sum += units;
  }
  if (sum >= Wide{kWholeShare} + kNoise) {
    return Error(ErrorKind::kUsage, "split: shares must sum to at most 1: " + UnitsText(sum));
  }
  std::sort(parts.begin(), parts.end(), [](const SplitPart& a, const SplitPart& b) {
    const ShareUnits first = UnitsOf(a), second = UnitsOf(b);
    return first != second ? first > second : a.name < b.name;
  });
  return Status::OK();
}

std::vector<int64_t> PartSizes(const std::vector<SplitPart>& parts, int64_t rows) {
  std::vector<int64_t> sizes;
  Wide share_left = kWholeShare;
  int64_t rows_left = rows;
  for (const SplitPart& part : parts) {
    const Wide after = share_left - UnitsOf(part);
    const int64_t rest = after < kNoise ? 0 : RoundUp(rows_left, after, share_left);
    sizes.push_back(rows_left - rest);
    rows_left = rest;
    share_left = after;
  }
  return sizes;
}

std::vector<uint64_t> ShareEnds(const std::vector<SplitPart>& parts) {
  std::vector<uint64_t> ends;
  Wide sum = 0;
  for (const SplitPart& part : parts) {
    sum += UnitsOf(part);
    const bool all = sum > kWholeShare - kNoise;
    ends.push_back(all ? UINT64_MAX : static_cast<uint64_t>((sum << 64) / kWholeShare - 1));
  }
  return ends;
}

std::vector<std::vector<int64_t>> SpreadOverStrata(const std::vector<int64_t>& strata,
                                                   const std::vector<int64_t>& sizes) {
  std::vector<std::vector<int64_t>> spread(strata.size());
  std::vector<int64_t> left = strata;
  for (const int64_t size : sizes) {
    const std::vector<int64_t> taken = SpreadCut(left, size);
    for (size_t stratum = 0; stratum < strata.size(); ++stratum) {
      spread[stratum].push_back(taken[stratum]);
      left[stratum] -= taken[stratum];
    }
  }
  return spread;
}

}  // namespace tideway::dataset
