#include "core/queue/worker.h"

#include <future>
#include <optional>

#include "core/queue/drain.h"
#include "core/queue/fixture_test.h"

namespace tideway::queue {
namespace {

using testing::HasSubstr;

class WorkerContract : public QueueFixture {
 protected:
  std::shared_ptr<Worker> Start(WorkerOptions options = {}) {
    options.claim.queue = "q";
    options.claim.owner = "worker";
    options.clock = &clock_;
    auto worker = Worker::Start(backend_->uri(), options);
    EXPECT_TRUE(worker.ok()) << worker.status().ToString();
    return *std::move(worker);
  }
  static std::future<Result<HeldPtr>> Ask(Worker& worker) {
    auto promise = std::make_shared<std::promise<Result<HeldPtr>>>();
    worker.Take([promise](Result<HeldPtr> held) { promise->set_value(std::move(held)); });
    return promise->get_future();
  }
  static HeldPtr Take(Worker& worker) { return Ask(worker).get().ValueOr(nullptr); }
  static Result<bool> Settle(Worker& worker, const HeldPtr& held, Outcome outcome) {
    std::promise<Result<bool>> promise;
    worker.Settle(held, std::move(outcome),
                  [&](Result<bool> counts) { promise.set_value(std::move(counts)); });
    return promise.get_future().get();
  }
};

INSTANTIATE_TEST_SUITE_P(Queue, WorkerContract, testing::ValuesIn(sql::Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(WorkerContract, AJobThatIsPushedWhileSomebodyWaitsIsGivenToThem) {
  const auto worker = Start();
  auto asked = Ask(*worker);
  const std::string id = Push({.name = "a"});
  const HeldPtr held = asked.get().ValueOr(nullptr);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->job().id, id);
  EXPECT_TRUE(held->Check().ok());
  EXPECT_EQ(Find(id).owner, "worker");
  EXPECT_TRUE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
  EXPECT_EQ(State(id), "done");
}

TEST_P(WorkerContract, AJobThatFailedComesAgain) {
  const std::string id = Push({.name = "a"});
  const auto worker = Start();
  const HeldPtr first = Take(*worker);
  EXPECT_TRUE(*Settle(*worker, first, Outcome::Retry(first->job(), "no", 0)));
  const HeldPtr second = Take(*worker);
  EXPECT_EQ(second->job().id, id);
  EXPECT_EQ(second->job().attempt, 2);
}

TEST_P(WorkerContract, ACancelledJobIsToldAtTheNextHeartbeat) {
  Push({.name = "a"});
  const auto worker = Start({.claim = {.lease_s = 1}});
  const HeldPtr held = Take(*worker);
  EXPECT_TRUE(*store_->Cancel(held->job().id));
  Status told;
  FakeClock stopped;  // so that only the heartbeat can tell
  while (told.ok()) {
    told = held->Check(stopped);
    std::this_thread::yield();
  }
  EXPECT_EQ(KindOf(told), ErrorKind::kInterrupted);
  EXPECT_THAT(told.message(), HasSubstr(held->job().id));
  EXPECT_FALSE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
}

TEST_P(WorkerContract, ALeaseThatCouldNotBeRenewedIsOverByItself) {
  Push({.name = "a"});
  const auto worker = Start();
  const HeldPtr held = Take(*worker);
  FakeClock later;
  later.Advance(SystemClock().Monotonic() + std::chrono::seconds(29));
  EXPECT_TRUE(held->Check(later).ok());
  later.Advance(std::chrono::seconds(2));
  EXPECT_EQ(KindOf(held->Check(later)), ErrorKind::kInterrupted);
}

TEST_P(WorkerContract, DrainingSendsAwayWhoWaitsAndLetsJobsEnd) {
  const std::string id = Push({.name = "a"});
  const auto worker = Start();
  const HeldPtr held = Take(*worker);
  auto asked = Ask(*worker);
  worker->Drain();
  EXPECT_EQ(*asked.get(), nullptr);
  EXPECT_EQ(Take(*worker), nullptr);
  EXPECT_TRUE(held->Check().ok());
  EXPECT_TRUE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
  EXPECT_EQ(State(id), "done");
}

TEST_P(WorkerContract, AfterTheGraceJobsAreReleasedAndTheirHandlersTold) {
  const std::string id = Push({.name = "a"});
  std::promise<void> over;
  const auto worker = Start({.grace_s = 0, .on_grace_over = [&] { over.set_value(); }});
  const HeldPtr held = Take(*worker);
  worker->Drain();
  over.get_future().wait();
  EXPECT_EQ(State(id), "ready");
  EXPECT_EQ(KindOf(held->Check()), ErrorKind::kInterrupted);
  EXPECT_FALSE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
}

TEST_P(WorkerContract, AWorkerThatEndsReleasesWhatItHolds) {
  const std::string id = Push({.name = "a"});
  auto worker = Start();
  EXPECT_NE(Take(*worker), nullptr);
  worker.reset();
  EXPECT_EQ(State(id), "ready");
  EXPECT_EQ(Find(id).attempts, 0);
}

TEST_P(WorkerContract, UntilEmptyEndsAfterTheLastJob) {
  Push({.name = "a"});
  const auto worker = Start({.until_empty = true});
  const HeldPtr held = Take(*worker);
  auto asked = Ask(*worker);
  EXPECT_TRUE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
  EXPECT_EQ(*asked.get(), nullptr);
}

TEST_P(WorkerContract, AConnectionThatBreaksIsMadeAnewAndTheJobGoesOn) {
  if (!store_->shared()) return;  // SQLite has none
  const std::string id = Push({.name = "a"});
  const auto worker = Start();
  const HeldPtr held = Take(*worker);
  backend_->Write(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  EXPECT_TRUE(*Settle(*worker, held, Outcome::Done(held->job(), "1")));
  EXPECT_EQ(State(id), "done");
  const std::string next = Push({.name = "b"});
  EXPECT_EQ(Take(*worker)->job().id, next);
}

TEST_P(WorkerContract, AnErrorThatDoesNotPassIsGivenToWhoWaits) {
  const auto worker = Start();
  backend_->Write("ALTER TABLE tideway_jobs RENAME TO other_jobs");
  EXPECT_EQ(KindOf(Ask(*worker).get().status()), ErrorKind::kNotFound);
}

TEST_P(WorkerContract, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(KindOf(WorkerOptions{.claim = {.lease_s = 0}}.Validate()), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(WorkerOptions{.grace_s = -1}.Validate()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace tideway::queue
