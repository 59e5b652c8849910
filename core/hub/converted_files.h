// What the Hub itself makes of the files of a dataset, where it can: Parquet, on a ref of its own,
// as `{config}/{split}/0000.parquet`; in `{config}/partial-{split}` the first 5 GB of a large one.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

#include "core/hub/find_split.h"

namespace tideway::hub {

inline constexpr const char* kConvertedRevision = "refs/convert/parquet";

// The configurations and splits of such a commit, by name; files in order. Warns of a split that is
// only a part. Error of kind data when there are none.
Result<std::vector<ConfigFiles>> ConvertedConfigs(const Checkout& checkout);

}  // namespace tideway::hub
