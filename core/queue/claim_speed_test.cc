// How long claims take beside many finished jobs: TIDEWAY_FINISHED_JOBS of them, and then p99
// counts.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "core/queue/fixture_test.h"

namespace tideway::queue {
namespace {

class ClaimSpeed : public QueueFixture {
 protected:
  void Fill(int64_t finished) {
    backend_->Write(fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        "INSERT INTO tideway_jobs (id, queue, name, payload, state, priority, run_at, attempts, "
        "fence, result, created_at, finished_at) "
        "SELECT 'old' || i, 'q', 'a', 'null', 'done', 0, i, 1, 1, 'null', i, i FROM n",
        finished));
  }
  double TimedMs(const std::function<void()>& work) {
    const auto started = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
        .count();
  }
};

INSTANTIATE_TEST_SUITE_P(Queue, ClaimSpeed, testing::ValuesIn(sql::Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

double Quantile(std::vector<double>& times, double share) {
  std::ranges::sort(times);
  return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
}

TEST_P(ClaimSpeed, FinishedJobsDoNotMakeClaimsSlow) {
  const char* given = std::getenv("TIDEWAY_FINISHED_JOBS");
  Fill(given == nullptr ? 1000 : std::atoll(given));
  const int jobs = given == nullptr ? 20 : 2000;
  std::vector<double> claims, completions;
  for (int i = 0; i < jobs; ++i) {
    Push({.name = "a"});
    Job job;
    claims.push_back(TimedMs([&] { job = ClaimOne(); }));
    completions.push_back(TimedMs([&] { EXPECT_TRUE(Settle(Outcome::Done(job, "null"))); }));
  }
  if (given == nullptr) return;
  std::cout << fmt::format(
      "{} finished: claim p50 {:.2f} ms, p99 {:.2f} ms; completion p50 {:.2f} ms, p99 {:.2f} ms\n",
      given, Quantile(claims, 0.5), Quantile(claims, 0.99), Quantile(completions, 0.5),
      Quantile(completions, 0.99));
  EXPECT_LT(Quantile(claims, 0.99), 10);
}

}  // namespace
}  // namespace tideway::queue
