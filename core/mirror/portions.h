// A dataset's files in portions that processes share out among themselves: each is one lease.
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/hub/remote/api.h"

namespace tideway::mirror {

struct Portion {
  std::string name;  // "00007-of-00012"
  std::vector<const hub::RemoteFile*> files = {};
  int64_t bytes = 0;  // contents that occur twice count once
};

// In the order of `files`, so that all processes cut alike: about `portion_bytes` or `most_files`
// each. Files of one content are in one portion, so that it is fetched once.
std::vector<Portion> CutInPortions(const std::vector<hub::RemoteFile>& files, int64_t portion_bytes,
                                   size_t most_files = 1000);

}  // namespace tideway::mirror
