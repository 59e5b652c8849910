#include "core/dedup/banding.h"

#include <cmath>

namespace tideway::dedup {

double FoundShare(const Banding& banding, double similarity) {
  return 1 - std::pow(1 - std::pow(similarity, banding.rows), banding.bands);
}

Banding ChooseBanding(int permutations, double threshold, double recall) {
  for (int rows = permutations; rows > 1; --rows) {
    const Banding banding{.bands = permutations / rows, .rows = rows};
    if (FoundShare(banding, threshold) >= recall) return banding;
  }
  return {.bands = permutations, .rows = 1};
}

}  // namespace tideway::dedup
