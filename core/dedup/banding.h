// How many bands of how many permutations each: documents are compared when all minima of one band
// agree.
//
// Threads: functions are pure.
#pragma once

namespace tideway::dedup {

struct Banding {
  int bands = 32;
  int rows = 8;  // permutations of each
};

// The share of pairs with this Jaccard index that share a band: 1 - (1 - J^rows)^bands.
double FoundShare(const Banding& banding, double similarity);

// The bands of most rows, so with the fewest pairs to compare in vain, that find `recall` of the
// pairs at the threshold with so many permutations; bands of one row where none do. At most 1,024
// permutations.
Banding ChooseBanding(int permutations, double threshold, double recall);

}  // namespace tideway::dedup
