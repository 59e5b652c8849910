#include "core/dataset/format/remote_source.h"

#include <gmock/gmock.h>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/op/select.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;
using ::testing::Not;

class RemoteSourceTest : public SourceTest {
 protected:
  void SetUp() override {
    SourceTest::SetUp();
    SetFetch([this](const std::string& url, const std::string& path, RunContext&) -> Status {
      ++fetched_;
      const auto found = web_.find(url);
      if (found == web_.end()) return Error(ErrorKind::kNotFound, "not found (404): " + url);
      return WriteFileAtomic(path, found->second);
    });
  }
  void TearDown() override {
    SetFetch(nullptr);
    SourceTest::TearDown();
  }
  static NodePtr Csv(const std::vector<std::string>& paths) {
    return ReadRemote(paths, [](auto files) { return ReadCsv(files); });
  }

  std::map<std::string, std::string> web_;
  int fetched_ = 0;
};

TEST_F(RemoteSourceTest, AnAddressIsFetchedOnceInARunAndReadAsAFile) {
  web_["https://host/a.csv?key=1"] = "n\n1\n2\n";
  const auto local = Put("b.csv", "n\n3\n");
  RunContext run({.workers = 2, .scratch_parent = folder_});
  const NodePtr plan = Csv({"https://host/a.csv?key=1", local});
  EXPECT_EQ(fetched_, 0);
  EXPECT_EQ(Json(Must(Read(plan, run))), "[1,2,3]");
  web_["https://host/a.csv?key=1"] = "n\n7\n";
  EXPECT_EQ(Json(Must(Read(Csv({"https://host/a.csv?key=1"}), run))), "[1,2]");
  EXPECT_EQ(fetched_, 1);
  EXPECT_THAT(PrintPlan(*plan), HasSubstr("read.csv https://host/a.csv"));
  ASSERT_EQ(run.inputs().size(), 2u);
  EXPECT_THAT(run.inputs()[0].uri, HasSubstr("https://host/a.csv"));
  EXPECT_THAT(run.inputs()[0].uri, Not(HasSubstr("key=1")));
  EXPECT_THAT(run.inputs()[0].hash, HasSubstr("sha256:"));
}

TEST_F(RemoteSourceTest, ErrorsNameTheAddressAndNotTheCopy) {
  web_["http://host/broken.csv"] = "a,b\n1\n";
  RunContext run({.workers = 2, .scratch_parent = folder_});
  EXPECT_THAT(Read(Csv({"http://host/broken.csv"}), run).status().message(),
              HasSubstr("read.csv: http://host/broken.csv:2"));
  const Status missing = Read(Csv({"http://host/none.csv"}), run).status();
  EXPECT_EQ(KindOf(missing), ErrorKind::kNotFound);
  EXPECT_THAT(missing.message(), HasSubstr("read.csv: not found (404): http://host/none.csv"));
}

TEST_F(RemoteSourceTest, OnlyColumnsInUseAreDecodedOfACopyToo) {
  web_["https://host/a.csv"] = "a,b\n1,2\n";
  RunContext run({.workers = 2, .scratch_parent = folder_});
  EXPECT_EQ(Csv({"https://host/a.csv"})->Narrow({"a"}), nullptr);
  const NodePtr parquet =
      ReadRemote({"https://host/a.parquet"}, [](auto files) { return ReadParquet(files); });
  EXPECT_NE(parquet->Narrow({"a"}), nullptr);
  EXPECT_EQ(Json(Must(Read(MakeSelect(Csv({"https://host/a.csv"}), {"b"}), run))), "[2]");
}

TEST_F(RemoteSourceTest, WithoutAnythingThatFetchesAddressesAreRefused) {
  SetFetch(nullptr);
  RunContext run({.workers = 2, .scratch_parent = folder_});
  const Status status = Read(Csv({"https://host/a.csv"}), run).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("nothing here reads from the web: https://host/a.csv"));
}

TEST_F(RemoteSourceTest, AnAddressOfAnotherSchemeMayStandForManyFiles) {
  const std::string one = Path("one.csv"), two = Path("two.csv");
  ASSERT_STATUS(WriteFileAtomic(one, "n\n1\n"));
  ASSERT_STATUS(WriteFileAtomic(two, "n\nx\n"));
  int asked = 0;
  using FilesOfAll = std::vector<std::vector<FoundFile>>;
  SetFind(
      "test://",
      [&](const std::vector<std::string>& urls, Reads, RunContext&) -> Result<FilesOfAll> {
        ++asked;
        FilesOfAll files;
        for (const std::string& url : urls) {
          const FoundFile first{one, "test://both/one.csv"}, second{two, "test://both/two.csv"};
          if (url == "test://none") return Error(ErrorKind::kNotFound, "test: nothing at " + url);
          files.push_back(url == "test://both" ? std::vector{first, second} : std::vector{first});
        }
        return files;
      });
  RunContext run({.workers = 2, .scratch_parent = folder_});
  const auto read = [&](const char* url) { return Read(Csv({url}), run); };
  EXPECT_EQ(Must(read("test://both"))->num_rows(), 2);
  EXPECT_EQ(Must(read("test://both"))->num_rows(), 2);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(NameOfSource(two), "test://both/two.csv");
  EXPECT_EQ(Must(Read(Csv({"test://both", one, "test://one"}), run))->num_rows(), 4);
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(read("test://none").status().message(), HasSubstr("nothing at test://none"));
  SetFind("test://", nullptr);
}

}  // namespace
}  // namespace tideway::dataset
