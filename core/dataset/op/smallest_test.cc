#include "core/dataset/op/smallest.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/hash.h"

namespace tideway::dataset {
namespace {

HashScan ScanOf(const std::vector<uint64_t>& hashes) {
  return [&hashes](const std::function<void(std::span<const uint64_t>)>& take) {
    const size_t half = hashes.size() / 2;
    take(std::span(hashes).subspan(0, half));
    take(std::span(hashes).subspan(half));
    return Status::OK();
  };
}

std::vector<uint64_t> Mixed(size_t count) {
  std::vector<uint64_t> hashes(count);
  for (size_t i = 0; i < count; ++i) hashes[i] = Mix64(i, 7);
  return hashes;
}

TEST(SmallestTest, CutIsTheNthSmallest) {
  const auto hashes = Mixed(100'000);
  auto sorted = hashes;
  std::sort(sorted.begin(), sorted.end());
  for (const size_t n : {size_t{1}, size_t{2}, size_t{999}, size_t{50'000}, size_t{100'000}}) {
    const HashCut cut = *CutSmallest(static_cast<int64_t>(n), ScanOf(hashes));
    EXPECT_EQ(cut.last, sorted[n - 1]) << n;
    EXPECT_EQ(cut.ties, 1) << n;
  }
}

TEST(SmallestTest, TiesAreCountedExactly) {
  const std::vector<uint64_t> hashes = {5, 9, 5, 5, 1, UINT64_MAX, UINT64_MAX};
  const auto cut = [&](int64_t n) { return *CutSmallest(n, ScanOf(hashes)); };
  EXPECT_EQ(cut(1).last, 1U);
  EXPECT_EQ(cut(2).last, 5U);
  EXPECT_EQ(cut(2).ties, 1);
  EXPECT_EQ(cut(4).ties, 3);
  EXPECT_EQ(cut(5).last, 9U);
  EXPECT_EQ(cut(6).last, UINT64_MAX);
  EXPECT_EQ(cut(6).ties, 1);
  EXPECT_EQ(cut(7).ties, 2);
}

TEST(SmallestTest, MoreThanThereAreTakesAll) {
  const std::vector<uint64_t> hashes = {3, UINT64_MAX};
  const HashCut cut = *CutSmallest(3, ScanOf(hashes));
  EXPECT_EQ(cut.last, UINT64_MAX);
  EXPECT_GE(cut.ties, 2);
}

TEST(SmallestTest, NoneTakesNone) {
  EXPECT_EQ(CutSmallest(0, ScanOf({0, 0}))->ties, 0);
  EXPECT_EQ(CutSmallest(0, ScanOf({}))->ties, 0);
}

TEST(SmallestTest, AFailingScanFails) {
  const auto failing = [](const auto&) -> Status { return Error(ErrorKind::kIo, "gone"); };
  EXPECT_EQ(CutSmallest(1, failing).status().message(), "gone");
}

TEST(SmallestTest, EachClassHasItsOwnCut) {
  for (const size_t classes : {size_t{3}, size_t{40}, size_t{60'000}}) {
    const auto hashes = Mixed(100'000);
    std::vector<uint16_t> classes_of;
    std::vector<std::vector<uint64_t>> sorted(classes);
    for (size_t i = 0; i < hashes.size(); ++i) {
      classes_of.push_back(static_cast<uint16_t>(i * i % classes));
      sorted[classes_of[i]].push_back(hashes[i]);
    }
    std::vector<int64_t> n;
    for (size_t i = 0; i < classes; ++i) {
      std::sort(sorted[i].begin(), sorted[i].end());
      n.push_back(static_cast<int64_t>(i % 7 * sorted[i].size() / 5));
    }
    const auto cuts = *CutSmallestOfEach(n, [&](const auto& take) {
      take(std::span(classes_of).subspan(0, 9), std::span(hashes).subspan(0, 9));
      take(std::span(classes_of).subspan(9), std::span(hashes).subspan(9));
      return Status::OK();
    });
    for (size_t i = 0; i < classes; ++i) {
      const auto count = static_cast<size_t>(n[i]);
      if (count == 0) {
        EXPECT_EQ(cuts[i].ties, 0);
      } else if (count > sorted[i].size()) {
        EXPECT_EQ(cuts[i].last, UINT64_MAX);
        EXPECT_EQ(cuts[i].ties, INT64_MAX);
      } else {
        EXPECT_EQ(cuts[i].last, sorted[i][count - 1]) << i;
        EXPECT_EQ(cuts[i].ties, 1);
      }
    }
  }
}

TEST(SmallestTest, TheRunningBoundNeverLosesOneOfTheSmallest) {
  const auto hashes = Mixed(200'000);
  auto sorted = hashes;
  std::sort(sorted.begin(), sorted.end());
  for (const size_t n : {size_t{1}, size_t{100}, size_t{150'000}}) {
    RunningBound bound(static_cast<int64_t>(n));
    for (size_t i = 0; i < hashes.size(); i += 1000) {
      bound.Add(std::span(hashes).subspan(i, 1000));
      EXPECT_GE(bound.bound(), sorted[n - 1]);
    }
    // Tight to a few hashes by the end.
    EXPECT_LT(static_cast<size_t>(std::upper_bound(sorted.begin(), sorted.end(), bound.bound()) -
                                  sorted.begin()),
              n + 30);
  }
}

TEST(SmallestTest, TheRunningBoundStaysOpenBelowN) {
  RunningBound bound(10);
  bound.Add(std::vector<uint64_t>{1, 2, 3});
  EXPECT_EQ(bound.bound(), UINT64_MAX);
}

TEST(SmallestTest, EqualHashesDoNotClose) {
  RunningBound bound(2);
  bound.Add(std::vector<uint64_t>(1000, UINT64_MAX));
  EXPECT_EQ(bound.bound(), UINT64_MAX);
}

}  // namespace
}  // namespace tideway::dataset
