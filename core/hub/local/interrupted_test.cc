#include <cerrno>
#include <memory>

#include "core/hub/local/local.h"
#include "core/hub/local/local_testing_internal.h"

namespace tideway::hub::testing {
namespace {

// What stood before a commit, and what people did to it since.
struct Scenario {
  const char* name;
  Files before;
  std::function<void(const fs::path& repo)> then;
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

class InterruptedTest : public LocalTest, public ::testing::WithParamInterface<Scenario> {
 protected:
  // The state before: `before` committed and changed by hand.
  Files SetUpOld() {
    fs::remove_all(Repo());
    if (!GetParam().before.empty()) Must(Commit(GetParam().before, "v1"));
    if (GetParam().then) GetParam().then(Repo());
    return Visible();
  }
  LocalOptions StoppingAt(int step, std::function<Status()> stop) {
    LocalOptions options = Options();
    auto count = std::make_shared<int>(0);
    options.at_step = [=](const std::string&) {
      return (*count)++ == step ? stop() : Status::OK();
    };
    return options;
  }
  void ExpectNextPushSettles(bool published) {
    const Files seen = Visible();
    LocalRepository repository(Options());
    ASSERT_STATUS(repository.PrepareToWrite());
    EXPECT_EQ(Visible(), seen);
    EXPECT_EQ(TagNames().size(), (GetParam().before.empty() ? 0U : 1U) + (published ? 1U : 0U));
    if (!published) Must(Commit(kNew, "v2"));
    EXPECT_EQ(Visible(), kNew);
    EXPECT_THAT(TagNames(), ::testing::Contains("v2"));
    for (const auto& [path, text] : GetParam().before) {
      EXPECT_EQ(Must(repository.ReadFile(path, "v1")), text);
    }
    for (const auto& entry : fs::recursive_directory_iterator(Repo())) {
      EXPECT_TRUE(fs::exists(entry.path())) << "leads nowhere: " << entry.path();
    }
  }
};

TEST_P(InterruptedTest, KillAtAnyStepLeavesOldOrNew) {
  constexpr int kKilled = 9;
  int step = 0;
  for (int code = kKilled; code == kKilled; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const Files old = SetUpOld();
    code = InChild([&] {
      LocalRepository repository(StoppingAt(step, []() -> Status { _exit(kKilled); }));
      return Commit(repository, kNew, "v2").ok() ? 0 : 1;
    });
    ASSERT_NE(code, 1);
    const Files seen = Visible();
    ASSERT_TRUE(seen == old || seen == kNew);
    ExpectNextPushSettles(seen == kNew);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(step, 5);
}

TEST_P(InterruptedTest, FullDiskAtAnyStepLeavesOldOrNew) {
  int step = 0;
  for (bool failed = true; failed; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const Files old = SetUpOld();
    {
      LocalRepository repository(
          StoppingAt(step, [] { return Status(ErrnoError(ENOSPC, "full", "x")); }));
      const Status status = Commit(repository, kNew, "v2").status();
      failed = !status.ok();
      EXPECT_TRUE(status.ok() || KindOf(status) == ErrorKind::kDiskFull) << status.ToString();
      const bool says_published = status.message().starts_with("hub: published, but");
      EXPECT_EQ(says_published, failed && Visible() == kNew) << status.ToString();
    }
    const Files seen = Visible();
    ASSERT_TRUE(seen == old || seen == kNew);
    ExpectNextPushSettles(seen == kNew);
  }
  EXPECT_GT(step, 5);
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, InterruptedTest,
    ::testing::Values(Scenario{"NewFolder", {}, {}}, Scenario{"Replacement", kOld, {}},
                      Scenario{
                          "EditedInPlace", kOld,
                          [](const fs::path& repo) { WriteText(repo / "README.md", "edited"); }},
                      Scenario{"ReplacedByHand", kOld,
                               [](const fs::path& repo) {
                                 fs::remove(repo / "README.md");
                                 WriteText(repo / "README.md", "replaced");
                                 fs::remove(repo / "data/test-00000-of-00001.parquet");
                               }},
                      Scenario{"PlainFiles",
                               {},
                               [](const fs::path& repo) {
                                 WriteText(repo / "README.md", "by hand");
                                 WriteText(repo / "data/train-00000-of-00001.parquet", kLarge);
                               }}),
    [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace tideway::hub::testing
