// A queue in a fresh database of each kind, on a clock that tests move.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "core/queue/queue.h"
#include "core/sql/backend_test.h"

namespace tideway::queue {

class QueueFixture : public testing::TestWithParam<sql::BackendFactory> {
 protected:
  // PostgreSQL adds the fake time to its own; SQLite knows no other.
  QueueFixture() : backend_(GetParam().make()), store_(Open()) {}

  std::shared_ptr<Store> Open() {
    auto store = Store::Open(backend_->uri(), {.clock = &clock_}, cancel_);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  std::string Push(NewJob job) {
    auto pushed = store_->Push("q", {std::move(job)}, 1000);
    EXPECT_TRUE(pushed.ok()) << pushed.status().ToString();
    return pushed.ok() && !pushed->full ? pushed->ids[0] : "";
  }
  std::vector<Job> Claim(int64_t count = 1, const std::string& owner = "one") {
    auto jobs = store_->Claim({.queue = "q", .owner = owner, .lease_s = 30}, count);
    EXPECT_TRUE(jobs.ok()) << jobs.status().ToString();
    return jobs.ValueOr({});
  }
  Job ClaimOne(const std::string& owner = "one") {
    auto jobs = Claim(1, owner);
    EXPECT_EQ(jobs.size(), 1);
    return jobs.empty() ? Job() : jobs[0];
  }
  int64_t Sweep(int64_t tries = 5) { return store_->Sweep("q", tries).ValueOr(-1); }
  bool Settle(const Outcome& outcome) {
    auto counts = store_->Settle({outcome});
    EXPECT_TRUE(counts.ok()) << counts.status().ToString();
    return counts.ok() && (*counts)[0];
  }
  JobRecord Find(const std::string& id) {
    auto found = store_->Find(id);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() && *found ? **found : JobRecord();
  }
  std::string State(const std::string& id) { return std::string(JobStateName(Find(id).state)); }
  void Pass(int seconds) { clock_.Advance(std::chrono::seconds(seconds)); }

  FakeClock clock_;
  CancelToken cancel_;
  std::unique_ptr<sql::Backend> backend_;
  std::shared_ptr<Store> store_;
};

}  // namespace tideway::queue
