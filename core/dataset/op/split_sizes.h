// How many rows each part of a split gets: exact arithmetic, no rows.
//
// Parts go in order of share, largest first, then by name. Each cut takes a part off what is left
// and rounds the rest UP, as repeated cuts with scikit-learn's train_test_split do: 1523 rows at
// 0.8, 0.1, 0.1 give 1218, 152, 153. Shares are exact decimals; one with more than twelve decimals
// is taken as computed (1/3), and its noise neither adds a row nor leaves one out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

struct SplitPart {
  std::string name;                 // "train"; not empty
  std::string share;                // a decimal above 0, at most 1: "0.8"
  std::optional<int64_t> cap = {};  // it keeps no more rows than this
};

// A share as exact decimal: units of 10^-18.
using ShareUnits = int64_t;
inline constexpr ShareUnits kWholeShare = 1'000'000'000'000'000'000;

// The shortest decimal that reads back as `share`: "0.1".
std::string ShareText(double share);

// Sorts `parts` and checks them. Errors of kind usage: no part, an empty name or one given twice,
// more than 255 parts, a share that is no decimal above 0, a sum above 1 ("split: shares sum to
// 1.1"), a cap below 1.
Status SortParts(std::vector<SplitPart>& parts);

// The rows of each part, in the order of `parts`, which SortParts has accepted. When the shares sum
// to less than 1, the rest belongs to no part.
std::vector<int64_t> PartSizes(const std::vector<SplitPart>& parts, int64_t rows);

// For each part the greatest hash of its rows, where hashes take the parts' shares of all 2^64 in
// their order: what is above the last is in no part.
std::vector<uint64_t> ShareEnds(const std::vector<SplitPart>& parts);

// The rows of each part in each stratum: result[stratum][part]. Each part's total is its size in
// `sizes`, each stratum's total at most its rows; every cut is spread over the strata in
// proportion to what they have left, by largest remainder, equal remainders in the strata's order.
// So a stratum of few rows may be missing from small parts, and none is ever in two.
// REQUIRES: the sizes sum to at most the strata's rows.
std::vector<std::vector<int64_t>> SpreadOverStrata(const std::vector<int64_t>& strata,
                                                   const std::vector<int64_t>& sizes);

}  // namespace tideway::dataset
