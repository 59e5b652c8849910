#include "core/queue/queue.h"

#include <atomic>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

#include "core/queue/backoff.h"
#include "core/queue/fixture_test.h"
#include "core/queue/job_id.h"

namespace tideway::queue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class QueueContract : public QueueFixture {};

INSTANTIATE_TEST_SUITE_P(Queue, QueueContract, testing::ValuesIn(sql::Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

std::vector<std::string> Names(const std::vector<Job>& jobs) {
  std::vector<std::string> names;
  for (const Job& job : jobs) names.push_back(job.name);
  return names;
}

TEST_P(QueueContract, AJobIsPushedClaimedAndDoneWithItsResult) {
  const std::string id = Push({.name = "send", .payload = R"({"to":"you"})"});
  EXPECT_EQ(State(id), "ready");
  const Job job = ClaimOne();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.name, "send");
  EXPECT_EQ(job.payload, R"({"to":"you"})");
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(State(id), "running");
  EXPECT_TRUE(Settle(Outcome::Done(job, R"("sent")")));
  const JobRecord record = Find(id);
  EXPECT_EQ(record.state, JobState::kDone);
  EXPECT_EQ(record.result, R"("sent")");
  EXPECT_TRUE(record.finished_at.has_value());
  EXPECT_FALSE(record.lease_until.has_value());
}

TEST_P(QueueContract, WhatOneConnectionPushedAnotherSees) {
  const std::string id = Push({.name = "a"});
  auto found = Open()->Find(id);
  ASSERT_TRUE(found.ok() && *found);
}

TEST_P(QueueContract, HigherPrioritiesGoFirstAndThenTheOldest) {
  for (const char* name : {"a", "b"}) Push({.name = name});
  Push({.name = "urgent", .priority = 9});
  Push({.name = "idle", .priority = -1});
  EXPECT_THAT(Names(Claim(10)), ElementsAre("urgent", "a", "b", "idle"));
}

TEST_P(QueueContract, AJobOfOnePushComesBeforeTheNextOfIt) {
  std::vector<NewJob> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back({.name = std::to_string(i)});
  ASSERT_TRUE(store_->Push("q", jobs, 1000).ok());
  for (int i = 0; i < 200; ++i) ASSERT_EQ(ClaimOne().name, std::to_string(i));
}

TEST_P(QueueContract, QueuesDoNotSeeEachOther) {
  ASSERT_TRUE(store_->Push("other", {{.name = "a"}}, 10).ok());
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_TRUE(*store_->IsEmpty("q"));
  EXPECT_FALSE(*store_->IsEmpty("other"));
}

TEST_P(QueueContract, ADelayedJobWaitsForItsTime) {
  const std::string id = Push({.name = "later", .delay_s = 60});
  EXPECT_EQ(State(id), "delayed");
  Pass(50);
  EXPECT_EQ(Sweep(), 0);
  EXPECT_THAT(Claim(), IsEmpty());
  Pass(20);
  EXPECT_EQ(Sweep(), 1);
  EXPECT_EQ(ClaimOne().id, id);
}

TEST_P(QueueContract, AFullQueueTakesNoneOfAPush) {
  EXPECT_FALSE(store_->Push("q", {{.name = "a"}, {.name = "b"}}, 3)->full);
  EXPECT_TRUE(store_->Push("q", {{.name = "c"}, {.name = "d"}}, 3)->full);
  EXPECT_FALSE(store_->Push("q", {{.name = "e"}}, 3)->full);
  EXPECT_THAT(Names(Claim(10)), ElementsAre("a", "b", "e"));
}

TEST_P(QueueContract, RunningAndDelayedJobsTakeRoomAndFinishedOnesNone) {
  Push({.name = "a"});
  const Job job = ClaimOne();
  Push({.name = "b", .delay_s = 60});
  EXPECT_TRUE(store_->Push("q", {{.name = "c"}}, 2)->full);
  Settle(Outcome::Done(job, "null"));
  EXPECT_FALSE(store_->Push("q", {{.name = "c"}}, 2)->full);
}

TEST_P(QueueContract, AKeyIsOfOneUnfinishedJobOnly) {
  const std::string id = Push({.name = "a", .key = "k"});
  EXPECT_EQ(Push({.name = "b", .key = "k"}), id);
  const Job job = ClaimOne();
  EXPECT_EQ(job.key, "k");
  EXPECT_EQ(Push({.name = "c", .key = "k"}), id);
  Settle(Outcome::Done(job, "null"));
  EXPECT_NE(Push({.name = "d", .key = "k"}), id);
}

TEST_P(QueueContract, AFullQueueStillTellsWhoHasTheKey) {
  const std::string id = Push({.name = "a", .key = "k"});
  const auto pushed = store_->Push("q", {{.name = "b", .key = "k"}}, 1);
  EXPECT_FALSE(pushed->full);
  EXPECT_THAT(pushed->ids, ElementsAre(id));
}

TEST_P(QueueContract, APushThatIsRepeatedIsDoneOnce) {
  const std::string id = NewJobId();
  EXPECT_EQ(Push({.name = "a", .id = id}), id);
  EXPECT_EQ(Push({.name = "a", .id = id}), id);
  EXPECT_EQ(Claim(10).size(), 1);
}

TEST_P(QueueContract, AnExpiredLeaseGivesTheJobToTheNextAndRefusesTheFirst) {
  const std::string id = Push({.name = "a"});
  const Job first = ClaimOne("one");
  Pass(31);
  EXPECT_EQ(Sweep(), 1);
  const Job second = ClaimOne("two");
  EXPECT_EQ(second.id, id);
  EXPECT_GT(second.fence, first.fence);
  EXPECT_EQ(second.attempt, 2);
  for (const Outcome& late : {Outcome::Done(first, "1"), Outcome::Dead(first, "x"),
                              Outcome::Retry(first, "x", 0), Outcome::Release(first)}) {
    EXPECT_FALSE(Settle(late));
  }
  EXPECT_THAT(*store_->Heartbeat({first, second}, 30), ElementsAre(false, true));
  EXPECT_EQ(Find(id).owner, "two");
  EXPECT_TRUE(Settle(Outcome::Done(second, "2")));
  EXPECT_EQ(Find(id).result, "2");
}

TEST_P(QueueContract, ALateWorkerWhoseJobNobodyTookMayStillEndIt) {
  Push({.name = "a"});
  const Job job = ClaimOne();
  Pass(100);
  EXPECT_TRUE(Settle(Outcome::Done(job, "1")));
}

TEST_P(QueueContract, HeartbeatsKeepALease) {
  Push({.name = "a"});
  const Job job = ClaimOne();
  for (int i = 0; i < 10; ++i) {
    Pass(20);
    EXPECT_THAT(*store_->Heartbeat({job}, 30), ElementsAre(true));
    EXPECT_EQ(Sweep(), 0);
  }
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(QueueContract, AClockThatJumpsAheadMakesASecondOwnerWhoCountsAlone) {
  const std::string id = Push({.name = "a"});
  const Job first = ClaimOne("one");
  Pass(1000000);
  EXPECT_EQ(Sweep(), 1);
  const Job second = ClaimOne("two");
  EXPECT_FALSE(Settle(Outcome::Done(first, "1")));
  EXPECT_TRUE(Settle(Outcome::Done(second, "2")));
  EXPECT_EQ(Find(id).result, "2");
}

TEST_P(QueueContract, AClockThatJumpsBackLosesNothing) {
  Pass(1000);
  const std::string id = Push({.name = "a"});
  const Job job = ClaimOne();
  clock_.Advance(std::chrono::seconds(-500));
  EXPECT_EQ(Sweep(), 0);
  EXPECT_THAT(*store_->Heartbeat({job}, 30), ElementsAre(true));
  EXPECT_TRUE(Settle(Outcome::Done(job, "1")));
  EXPECT_EQ(State(id), "done");
}

TEST_P(QueueContract, AnOutcomeThatIsToldTwiceCounts) {
  Push({.name = "a"});
  const Job job = ClaimOne();
  EXPECT_TRUE(Settle(Outcome::Done(job, "1")));
  EXPECT_TRUE(Settle(Outcome::Done(job, "1")));
  EXPECT_FALSE(Settle(Outcome::Dead(job, "no")));
}

TEST_P(QueueContract, AFailedJobIsTriedAgainAfterItsWait) {
  const std::string id = Push({.name = "a"});
  EXPECT_TRUE(Settle(Outcome::Retry(ClaimOne(), "no route", 10)));
  EXPECT_EQ(State(id), "delayed");
  EXPECT_EQ(Find(id).error, "no route");
  Pass(11);
  EXPECT_EQ(Sweep(), 1);
  const Job again = ClaimOne();
  EXPECT_EQ(again.attempt, 2);
  EXPECT_TRUE(Settle(Outcome::Done(again, "1")));
  EXPECT_EQ(Find(id).error, "");
}

TEST_P(QueueContract, ADeadJobKeepsItsReasonUntilItIsRetried) {
  const std::string id = Push({.name = "a"});
  EXPECT_TRUE(Settle(Outcome::Dead(ClaimOne(), "no such page")));
  EXPECT_EQ(Find(id).error, "no such page");
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_THAT(*store_->Retry({.queue = "q"}, true), ElementsAre(id));
  EXPECT_EQ(State(id), "dead");
  EXPECT_THAT(*store_->Retry({.queue = "other"}, false), IsEmpty());
  EXPECT_THAT(*store_->Retry({.queue = "q"}, false), ElementsAre(id));
  const Job again = ClaimOne();
  EXPECT_EQ(again.attempt, 1);
  EXPECT_EQ(again.fence, 2);
}

TEST_P(QueueContract, AJobThatKillsItsWorkersIsDeadAtLast) {
  const std::string id = Push({.name = "a"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ClaimOne("worker 7").id, id);
    Pass(31);
    Sweep(3);
  }
  EXPECT_EQ(State(id), "dead");
  EXPECT_THAT(Find(id).error, HasSubstr("without a sign of life of worker 7"));
}

TEST_P(QueueContract, ADeadJobWhoseKeyIsTakenStaysDead) {
  const std::string dead = Push({.name = "a", .key = "k"});
  Settle(Outcome::Dead(ClaimOne(), "x"));
  Push({.name = "b", .key = "k"});
  EXPECT_THAT(*store_->Retry({}, false), IsEmpty());
  EXPECT_EQ(State(dead), "dead");
}

TEST_P(QueueContract, AReleasedJobIsReadyAtOnceAndHasLostNoTry) {
  Push({.name = "a"});
  const Job first = ClaimOne();
  EXPECT_TRUE(Settle(Outcome::Release(first)));
  const Job second = ClaimOne();
  EXPECT_EQ(second.attempt, 1);
  EXPECT_GT(second.fence, first.fence);
}

TEST_P(QueueContract, ACancelledJobIsNeverClaimedAndRefusesItsHolder) {
  const std::string ready = Push({.name = "a"});
  EXPECT_TRUE(*store_->Cancel(ready));
  EXPECT_THAT(Claim(), IsEmpty());
  const std::string running = Push({.name = "b"});
  const Job job = ClaimOne();
  EXPECT_TRUE(*store_->Cancel(running));
  EXPECT_THAT(*store_->Heartbeat({job}, 30), ElementsAre(false));
  EXPECT_FALSE(Settle(Outcome::Done(job, "1")));
  EXPECT_EQ(State(running), "cancelled");
  EXPECT_FALSE(*store_->Cancel(running));
  EXPECT_FALSE(*store_->Cancel(NewJobId()));
}

TEST_P(QueueContract, OutcomesOfManyKindsAreSettledTogether) {
  for (const char* name : {"a", "b", "c", "d"}) Push({.name = name});
  const auto jobs = Claim(4);
  Job stale = jobs[0];
  stale.fence = 77;
  const auto counts = store_->Settle({Outcome::Release(jobs[3]), Outcome::Done(stale, "0"),
                                      Outcome::Dead(jobs[2], "x"), Outcome::Done(jobs[0], "1"),
                                      Outcome::Retry(jobs[1], "y", 5)});
  EXPECT_THAT(*counts, ElementsAre(true, false, true, true, true));
  EXPECT_EQ(State(jobs[0].id), "done");
  EXPECT_EQ(State(jobs[1].id), "delayed");
  EXPECT_EQ(State(jobs[2].id), "dead");
  EXPECT_EQ(State(jobs[3].id), "ready");
}

// As a script does it: in a transaction of a Database of its own.
class QueueInTransaction : public QueueFixture {
 protected:
  QueueInTransaction() {
    backend_->Write("CREATE TABLE effects (job TEXT)");
    database_ = *sql::Open(backend_->uri(), {.read_only = false}, cancel_);
    EXPECT_TRUE(database_->Begin(cancel_).ok());
  }
  int64_t Execute(const Statement& statement) {
    auto rows = database_->Execute(statement.sql, statement.params, cancel_);
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    return rows.ValueOr(-1);
  }
  void End(bool commit) { EXPECT_TRUE(database_->End(commit, cancel_).ok()); }

  sql::DatabasePtr database_;
};

INSTANTIATE_TEST_SUITE_P(Queue, QueueInTransaction, testing::ValuesIn(sql::Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(QueueInTransaction, AJobIsThereWhenItIsCommittedAndNotBefore) {
  const NewJob job{.name = "a", .id = NewJobId()};
  EXPECT_EQ(Execute(*store_->PushStatement("q", job, 10)), 1);
  EXPECT_FALSE(store_->Find(job.id)->has_value());
  End(true);
  EXPECT_EQ(ClaimOne().id, job.id);
}

TEST_P(QueueInTransaction, AJobOfATransactionThatIsUndoneNeverWas) {
  EXPECT_EQ(Execute(*store_->PushStatement("q", {.name = "a", .id = NewJobId()}, 10)), 1);
  End(false);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(QueueInTransaction, AFullQueueAndATakenKeyChangeNoRow) {
  End(true);
  Push({.name = "a", .key = "k"});
  EXPECT_TRUE(database_->Begin(cancel_).ok());
  EXPECT_EQ(Execute(*store_->PushStatement("q", {.name = "b", .id = NewJobId()}, 1)), 0);
  EXPECT_EQ(Execute(*store_->PushStatement("q", {.name = "b", .key = "k", .id = NewJobId()}, 10)),
            0);
  End(true);
  EXPECT_EQ(Claim(10).size(), 1);
}

TEST_P(QueueInTransaction, ACompletionByAnOlderFenceChangesNoRow) {
  End(true);
  Push({.name = "a"});
  const Job first = ClaimOne();
  Pass(31);
  Sweep();
  const Job second = ClaimOne();
  EXPECT_TRUE(database_->Begin(cancel_).ok());
  EXPECT_EQ(Execute(store_->CompleteStatement(Outcome::Done(first, "1"))), 0);
  EXPECT_EQ(Execute(store_->CompleteStatement(Outcome::Done(second, "2"))), 1);
  End(true);
  EXPECT_EQ(Find(first.id).result, "2");
}

TEST_P(QueueContract, ListsCountsAndPurges) {
  Push({.name = "a"});
  Settle(Outcome::Done(ClaimOne(), "1"));
  Push({.name = "b"});
  Settle(Outcome::Dead(ClaimOne(), "x"));
  Push({.name = "c"});
  EXPECT_EQ(store_->List({.queue = "q"}, 2)->size(), 2);
  EXPECT_EQ((*store_->List({.states = {JobState::kDead}}, 10))[0].name, "b");
  const auto counts = *store_->Counts();
  ASSERT_EQ(counts.size(), 3);
  EXPECT_EQ(counts[0].state, JobState::kReady);
  EXPECT_EQ(*store_->Purge({.older_s = 60}, false), 0);
  Pass(61);
  EXPECT_EQ(*store_->Purge({.older_s = 60}, true), 1);
  EXPECT_EQ(*store_->Purge({.older_s = 60}, false), 1);
  EXPECT_EQ(*store_->Purge({.states = {JobState::kDead}}, false), 1);
  EXPECT_EQ(store_->List({}, 10)->size(), 1);
  EXPECT_EQ(KindOf(store_->Purge({.states = {JobState::kReady}}, false).status()),
            ErrorKind::kUsage);
}

TEST_P(QueueContract, ManyWhoClaimAtOnceNeverGetOneJobTwice) {
  std::vector<NewJob> jobs(200, NewJob{.name = "a"});
  ASSERT_TRUE(store_->Push("q", jobs, 1000).ok());
  std::mutex mutex;
  std::multiset<std::string> claimed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto store = Open();
      while (true) {
        auto got = store->Claim({.queue = "q", .owner = "x"}, 3);
        ASSERT_TRUE(got.ok()) << got.status().ToString();
        if (got->empty()) return;
        std::lock_guard lock(mutex);
        for (const Job& job : *got) claimed.insert(job.id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(claimed.size(), 200);
  EXPECT_EQ(std::set<std::string>(claimed.begin(), claimed.end()).size(), 200);
}

TEST_P(QueueContract, ManyWhoMakeTheTablesAtOnceDoNotDisturbEachOther) {
  backend_->Write("DROP TABLE tideway_jobs; DROP TABLE tideway_queue_version");
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { made += Open() != nullptr ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 4);
  EXPECT_NE(Push({.name = "a"}), "");
}

TEST_P(QueueContract, WhoOnlyReadsMakesNoTables) {
  backend_->Write("DROP TABLE tideway_jobs; DROP TABLE tideway_queue_version");
  for (int i = 0; i < 2; ++i) {
    const auto store = Store::Open(backend_->uri(), {.read_only = true}, cancel_);
    EXPECT_EQ(KindOf(store.status()), ErrorKind::kNotFound);
    EXPECT_THAT(store.status().message(), HasSubstr("no queue in"));
  }
}

TEST_P(QueueContract, TablesOfANewerProgramAreLeftAlone) {
  backend_->Write("UPDATE tideway_queue_version SET version = 99");
  const auto store = Store::Open(backend_->uri(), {}, cancel_);
  EXPECT_EQ(KindOf(store.status()), ErrorKind::kConflict);
  EXPECT_THAT(store.status().message(), HasSubstr("version 99"));
  EXPECT_THAT(sql::ErrorText(store.status()), HasSubstr("newer one"));
}

TEST_P(QueueContract, HostileTextsGoInAndOutAsTheyAre) {
  const std::string payload = R"({"a":"'; DROP TABLE tideway_jobs; --","b":"\u0000 नमस्ते"})";
  const std::string name = "it's; \"odd\" $1 {now}";
  Push({.name = name, .payload = payload, .key = "k'k"});
  const Job job = ClaimOne();
  EXPECT_EQ(job.name, name);
  EXPECT_EQ(job.payload, payload);
  EXPECT_EQ(job.key, "k'k");
}

TEST_P(QueueContract, WhatIsNoJobIsRefused) {
  const auto refused = [&](NewJob job) {
    const Status status = store_->Push("q", {std::move(job)}, 10).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << status.ToString();
    return status.message();
  };
  EXPECT_THAT(refused({.name = ""}), HasSubstr("name of a job"));
  EXPECT_THAT(refused({.name = std::string("a\0b", 3)}), HasSubstr("control"));
  EXPECT_THAT(refused({.name = "\xff"}), HasSubstr("name of a job"));
  EXPECT_THAT(refused({.name = "a", .delay_s = -1}), HasSubstr("delay_s"));
  EXPECT_THAT(refused({.name = "a", .delay_s = std::nan("")}), HasSubstr("delay_s"));
  EXPECT_THAT(refused({.name = "a", .key = std::string(300, 'k')}), HasSubstr("key of a job"));
  EXPECT_THAT(refused({.name = "a", .payload = std::string(20 << 20, ' ')}), HasSubstr("16 MiB"));
  EXPECT_EQ(KindOf(store_->Push("", {{.name = "a"}}, 10).status()), ErrorKind::kUsage);
}

TEST(BackoffTest, WaitsDoubleUpToTheCapAndTriesEnd) {
  const Backoff backoff{.tries = 4, .base_s = 1, .cap_s = 3, .jitter = false};
  EXPECT_EQ(backoff.WaitAfter(1, 0.5), 1);
  EXPECT_EQ(backoff.WaitAfter(2, 0.5), 2);
  EXPECT_EQ(backoff.WaitAfter(3, 0.5), 3);
  EXPECT_EQ(backoff.WaitAfter(4, 0.5), std::nullopt);
  const Backoff jittered{.tries = 2000, .base_s = 8};
  EXPECT_EQ(jittered.WaitAfter(1, 0.25), 2);
  EXPECT_EQ(jittered.WaitAfter(1500, 0.5), 30);
}

TEST(BackoffTest, NumbersThatMakeNoSenseAreRefused) {
  EXPECT_FALSE((Backoff{.tries = 0}).Validate().ok());
  EXPECT_FALSE((Backoff{.base_s = -1}).Validate().ok());
  EXPECT_FALSE((Backoff{.cap_s = std::nan("")}).Validate().ok());
  EXPECT_TRUE((Backoff{.base_s = 0}).Validate().ok());
}

TEST(JobIdTest, IdsOfOneProcessGrowWhateverTheClockDoes) {
  FakeClock clock(std::chrono::hours(500000));
  std::string last = NewJobId(clock);
  for (int i = 0; i < 70000; ++i) {
    if (i == 100) clock.Advance(-std::chrono::hours(1));
    const std::string next = NewJobId(clock);
    ASSERT_LT(last, next);
    ASSERT_TRUE(IsJobId(next));
    last = next;
  }
}

TEST(JobStateTest, AWrongStateIsAnErrorWithASuggestion) {
  EXPECT_THAT(ParseJobState("dad").status().message(), HasSubstr("did you mean `dead`"));
}

}  // namespace
}  // namespace tideway::queue
