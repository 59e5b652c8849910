#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "core/app/doctor/checkup.h"

namespace tideway::app {
namespace {

using ::testing::HasSubstr;

std::promise<void> let_go;

Finding IsWell(const DoctorOptions&, const CancelToken&) { return "well"; }
Finding Throws(const DoctorOptions&, const CancelToken&) { throw std::runtime_error("odd"); }
Finding WaitsUntilCancelled(const DoctorOptions&, const CancelToken& cancel) {
  while (!cancel.cancelled()) std::this_thread::yield();
  return cancel.Check();
}
Finding Hangs(const DoctorOptions&, const CancelToken&) {
  let_go.get_future().wait();
  return "late";
}

DoctorOptions Brief() { return {.timeout_s = 0.01}; }

TEST(Examine, OneThatFailsKeepsNoOtherFromRunning) {
  const auto all = Examine({{"bad", Throws}, {"good", IsWell}}, {});
  EXPECT_THAT(all[0].finding.status().message(), HasSubstr("unexpected failure: odd"));
  EXPECT_EQ(all[1].finding.ValueOrDie(), "well");
}

TEST(Examine, OneThatIsCutShortHasRunOutOfTime) {
  const auto all = Examine({{"slow", WaitsUntilCancelled}}, Brief());
  EXPECT_EQ(KindOf(all[0].finding.status()), ErrorKind::kTimeout);
  EXPECT_THAT(all[0].finding.status().message(), HasSubstr("no answer within 0.01 s"));
  EXPECT_FALSE(all[0].hangs);
}

TEST(Examine, OneThatHangsIsLeftBehind) {
  const auto all = Examine({{"stuck", Hangs}}, Brief());
  EXPECT_EQ(KindOf(all[0].finding.status()), ErrorKind::kTimeout);
  EXPECT_TRUE(all[0].hangs);
  let_go.set_value();
}

class DoctorMemoryTest : public ::testing::Test {
 protected:
  DoctorMemoryTest() {
    char path[] = "/tmp/tideway-doctor-XXXXXX";
    folder_ = mkdtemp(path);
    Write("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 10485760 kB\n");
  }
  ~DoctorMemoryTest() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  Finding Look() {
    return CheckMemory({.cgroups = folder_ + "/cgroup", .proc = folder_ + "/proc"}, {});
  }

  std::string folder_;
};

TEST_F(DoctorMemoryTest, TellsTheLimitOfEitherVersionOfGroups) {
  EXPECT_EQ(Look().ValueOrDie(), "16.0 GiB (RAM), 6.0 GiB in use");
  Write("proc/self/cgroup", "4:memory:/job_7\n");
  Write("cgroup/memory/job_7/memory.limit_in_bytes", "4294967296\n");
  Write("cgroup/memory/job_7/memory.usage_in_bytes", "1048576\n");
  EXPECT_EQ(Look().ValueOrDie(), "4.0 GiB (cgroup v1 /job_7), 1.0 MiB in use");
  Write("proc/self/cgroup", "0::/job_8\n");
  Write("cgroup/job_8/memory.max", "4294967296\n");
  Write("cgroup/job_8/memory.current", "1048576\n");
  Write("cgroup/job_8/memory.pressure", "some avg10=1.50 avg60=0.00\n");
  EXPECT_EQ(Look().ValueOrDie(), "4.0 GiB (cgroup v2 /job_8), 1.0 MiB in use, pressure 1.5 %");
}

TEST_F(DoctorMemoryTest, RefusesALimitThatIsAllInUse) {
  Write("proc/self/cgroup", "0::/job\n");
  Write("cgroup/job/memory.max", "1073741824\n");
  Write("cgroup/job/memory.current", "1073741824\n");
  EXPECT_EQ(KindOf(Look().status()), ErrorKind::kMemory);
  EXPECT_THAT(Look().status().message(), HasSubstr("less than 512.0 MiB are free: 1.0 GiB"));
}

TEST_F(DoctorMemoryTest, RefusesPressure) {
  Write("proc/pressure/memory", "some avg10=80.00 avg60=0.00\n");
  EXPECT_EQ(KindOf(Look().status()), ErrorKind::kMemory);
  EXPECT_THAT(Look().status().message(), HasSubstr("pressure 80.0 %"));
}

TEST(NearestFolder, IsTheOneThatAPathWouldBeMadeIn) {
  EXPECT_EQ(NearestFolder("/tmp/tideway-nowhere/a/b").ValueOrDie(), "/tmp");
  EXPECT_EQ(NearestFolder("/tmp").ValueOrDie(), "/tmp");
  EXPECT_THAT(NearestFolder("/dev/null/a").status().message(),
              HasSubstr("not a folder: /dev/null"));
}

}  // namespace
}  // namespace tideway::app
