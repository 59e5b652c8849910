#include "core/mirror/portions.h"

#include <fmt/format.h>

#include <unordered_map>

namespace tideway::mirror {

std::vector<Portion> CutInPortions(const std::vector<hub::RemoteFile>& files, int64_t portion_bytes,
                                   size_t most_files) {
  std::vector<Portion> portions;
  std::unordered_map<std::string, size_t> portion_of;  // by content
  for (const hub::RemoteFile& file : files) {
    const auto [known, is_new] = portion_of.try_emplace(hub::HashOf(file), 0);
    if (is_new) {
      const bool full =
          portions.empty() || portions.back().files.size() >= most_files ||
          (portions.back().bytes > 0 && portions.back().bytes + file.size > portion_bytes);
      if (full) portions.emplace_back();
      known->second = portions.size() - 1;
      portions.back().bytes += file.size;
    }
    portions[known->second].files.push_back(&file);
  }
  for (size_t i = 0; i < portions.size(); ++i) {
    portions[i].name = fmt::format("{:05}-of-{:05}", i, portions.size());
  }
  return portions;
}

}  // namespace tideway::mirror
