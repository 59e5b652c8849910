#include "core/base/work_all.h"

#include <gtest/gtest.h>

#include <atomic>

namespace tideway {
namespace {

TEST(WorkAll, CallsEachNumberOnce) {
  std::atomic<size_t> sum{0};
  CancelToken stop;
  EXPECT_TRUE(WorkAll(100, 4, stop, [&](size_t index) {
                sum += index;
                return Status::OK();
              }).ok());
  EXPECT_EQ(sum, 4950U);
}

TEST(WorkAll, TheFirstErrorIsTheAnswerAndSetsStop) {
  CancelToken stop;
  const Status status =
      WorkAll(100, 4, stop, [](size_t) -> Status { return Error(ErrorKind::kData, "broken"); });
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_TRUE(stop.cancelled());
}

TEST(WorkAll, WhatAnInterruptLeavesOutIsAnError) {
  CancelToken whole;
  CancelToken stop(&whole);
  whole.Cancel();
  EXPECT_EQ(KindOf(WorkAll(3, 2, stop, [](size_t) { return Status::OK(); })),
            ErrorKind::kInterrupted);
  CancelToken late;
  EXPECT_TRUE(WorkAll(1, 1, late, [&](size_t) {
                late.Cancel();
                return Status::OK();
              }).ok());
}

}  // namespace
}  // namespace tideway
