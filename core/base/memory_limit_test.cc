#include "core/base/memory_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace tideway {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr int64_t kGiB = int64_t{1} << 30;

// A machine of 16 GiB, 10 of them available.
class MemoryLimitTest : public ::testing::Test {
 protected:
  MemoryLimitTest() {
    char path[] = "/tmp/tideway-memory-XXXXXX";
    folder_ = mkdtemp(path);
    Write("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:   10485760 kB\n");
  }
  ~MemoryLimitTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  MemoryLimit Read() {
    return MemoryLimit::Read(folder_ + "/cgroup", folder_ + "/proc").ValueOrDie();
  }

  std::string folder_;
};

TEST_F(MemoryLimitTest, IsTheMachinesWithoutGroups) {
  const MemoryLimit memory = Read();
  EXPECT_EQ(memory.limit_bytes, 16 * kGiB);
  EXPECT_EQ(memory.used_bytes, 6 * kGiB);
  EXPECT_EQ(memory.source, "RAM");
  EXPECT_FALSE(memory.pressure_some_avg10.has_value());
}

TEST_F(MemoryLimitTest, OfVersion2IsTheGroupsWithoutPagesThatCanGo) {
  Write("proc/self/cgroup", "0::/slurm/job_7\n");
  Write("cgroup/slurm/job_7/memory.max", "4294967296\n");
  Write("cgroup/slurm/job_7/memory.current", "3221225472\n");
  Write("cgroup/slurm/job_7/memory.stat", "anon 5\ninactive_file_x 9\ninactive_file 1073741824\n");
  Write("cgroup/slurm/job_7/memory.pressure", "some avg10=12.34 avg60=0.00\nfull avg10=1.00\n");
  const MemoryLimit memory = Read();
  EXPECT_EQ(memory.limit_bytes, 4 * kGiB);
  EXPECT_EQ(memory.used_bytes, 2 * kGiB);
  EXPECT_EQ(memory.source, "cgroup v2 /slurm/job_7");
  EXPECT_THAT(memory.pressure_some_avg10, Optional(12.34));
}

TEST_F(MemoryLimitTest, OfVersion1IsTheGroupsAndThePressureTheMachines) {
  Write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/job_7\n0::/\n");
  Write("proc/pressure/memory", "some avg10=3.00 avg60=0.00\n");
  Write("cgroup/memory/job_7/memory.limit_in_bytes", "1073741824\n");
  Write("cgroup/memory/job_7/memory.usage_in_bytes", "536870912\n");
  Write("cgroup/memory/job_7/memory.stat", "inactive_file 1\ntotal_inactive_file 268435456\n");
  const MemoryLimit memory = Read();
  EXPECT_EQ(memory.limit_bytes, kGiB);
  EXPECT_EQ(memory.used_bytes, kGiB / 4);
  EXPECT_EQ(memory.source, "cgroup v1 /job_7");
  EXPECT_THAT(memory.pressure_some_avg10, Optional(3.0));
}

TEST_F(MemoryLimitTest, IsTheTightestOfAllGroupsAround) {
  Write("proc/self/cgroup", "0::/a/b/c\n");
  Write("cgroup/a/b/c/memory.max", "max\n");
  Write("cgroup/a/b/memory.max", "2147483648\n");
  Write("cgroup/a/memory.max", "1073741824\n");
  Write("cgroup/a/memory.current", "17\n");
  Write("cgroup/memory.max", "8589934592\n");
  const MemoryLimit memory = Read();
  EXPECT_EQ(memory.limit_bytes, kGiB);
  EXPECT_EQ(memory.used_bytes, 17);
  EXPECT_EQ(memory.source, "cgroup v2 /a");
}

TEST_F(MemoryLimitTest, IsTheTopmostGroupsWhereTheOwnIsNotSeen) {
  for (const char* path : {"/", "/docker/0123", "/../../job"}) {
    Write("proc/self/cgroup", std::string("0::") + path + "\n");
    Write("cgroup/memory.max", "1073741824\n");
    EXPECT_EQ(Read().limit_bytes, kGiB) << path;
    EXPECT_EQ(Read().source, "cgroup v2 /") << path;
  }
}

TEST_F(MemoryLimitTest, IsTheMachinesWhereTheGroupsIsNone) {
  Write("proc/self/cgroup", "4:memory:/job\n0::/job\n");
  for (const char* limit :
       {"max\n", "9223372036854771712\n", "18446744073709551615\n", "-1\n", "\n", "lots\n"}) {
    Write("cgroup/job/memory.max", limit);
    Write("cgroup/memory/job/memory.limit_in_bytes", limit);
    EXPECT_EQ(Read().source, "RAM") << limit;
  }
}

TEST_F(MemoryLimitTest, TakesNoHarmFromFilesThatAreBroken) {
  for (const char* lines : {"", "\n", "memory", ":", "4:memory", "x:memory:/\n::\n", "0::\n"}) {
    Write("proc/self/cgroup", lines);
    EXPECT_EQ(Read().source, "RAM") << lines;
  }
  Write("proc/self/cgroup", "0::/job\n");
  Write("cgroup/job/memory.max", "1073741824\n");
  Write("cgroup/job/memory.current", "7\n");
  Write("cgroup/job/memory.stat", "inactive_file 99\n");
  Write("cgroup/job/memory.pressure", "some avg10=\n");
  EXPECT_EQ(Read().used_bytes, 0);
  EXPECT_FALSE(Read().pressure_some_avg10.has_value());
}

TEST_F(MemoryLimitTest, FailsWhereTheMachineDoesNotTellItsMemory) {
  Write("proc/meminfo", "MemFree: 1 kB\nMemTotal:\n");
  const Status none = MemoryLimit::Read(folder_ + "/cgroup", folder_ + "/proc").status();
  EXPECT_THAT(none.message(), HasSubstr("no MemTotal in " + folder_ + "/proc/meminfo"));
  const Status missing = MemoryLimit::Read(folder_, folder_ + "/nowhere").status();
  EXPECT_EQ(KindOf(missing), ErrorKind::kNotFound);
}

TEST(MemoryLimit, OfThisMachineIsRead) {
  const MemoryLimit memory = MemoryLimit::Read().ValueOrDie();
  EXPECT_GT(memory.limit_bytes, 0);
  EXPECT_LE(memory.used_bytes, memory.limit_bytes);
}

}  // namespace
}  // namespace tideway
