#include "core/dataset/format/remote_output.h"

#include <gmock/gmock.h>

#include <mutex>

#include "core/dataset/format/manifest.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What came to a place of the test's.
struct Elsewhere {
  std::mutex mutex;
  Status check, send;
  std::map<std::string, std::string> sent;  // texts by name
  std::vector<std::string> published;
  std::string manifest;
};

class TestOutput : public RemoteOutput {
 public:
  explicit TestOutput(Elsewhere& place) : place_(place) {}
  Status Check() override { return place_.check; }
  Result<bool> Holds(const std::string& manifest) override { return manifest == place_.manifest; }
  Status Send(const std::string& path, const std::string& name) override {
    std::lock_guard lock(place_.mutex);
    RETURN_NOT_OK(place_.send);
    ARROW_ASSIGN_OR_RAISE(place_.sent[name], ReadFile(path));
    return RemoveAll(path);
  }
  Status Publish(const std::vector<std::string>& names, const std::string& manifest) override {
    place_.published = names;
    place_.manifest = manifest;
    return Status::OK();
  }

 private:
  Elsewhere& place_;
};

class RemoteOutputTest : public SourceTest {
 protected:
  void SetUp() override {
    SourceTest::SetUp();
    SetOutput("test://", [this](const std::string&, bool, RunContext&) {
      return std::make_unique<TestOutput>(place_);
    });
  }
  void TearDown() override {
    SetOutput("test://", nullptr);
    SourceTest::TearDown();
  }
  RunOptions Options() const { return {.workers = 2, .scratch_parent = Path("scratch")}; }
  Result<std::vector<WrittenShard>> Write(const NodePtr& plan, const std::string& path,
                                          RunContext& run) {
    return WriteFiles({{"train", plan}}, {.path = path, .max_shard_rows = 100}, *MakeCsvFormat(),
                      run);
  }

  Elsewhere place_;
};

TEST_F(RemoteOutputTest, ShardsAreCalledByTheirContentAndPublishedTogether) {
  RunContext run(Options());
  const auto shards = Must(Write(SourceOf({NumberedRows(250)}), "test://a/rows", run));
  ASSERT_THAT(shards, SizeIs(3));
  EXPECT_EQ(shards[2].file.name, "train-00002-" + shards[2].file.sha256.substr(0, 16) + ".csv");
  EXPECT_THAT(place_.sent, SizeIs(3));
  EXPECT_EQ(place_.manifest, ManifestText(shards));
  EXPECT_EQ(NamesInManifest(place_.manifest), place_.published);
  EXPECT_EQ(run.outputs()[2].uri, "test://a/rows/" + shards[2].file.name);
}

TEST_F(RemoteOutputTest, ShardsAreSentBeforeTheLastIsMade) {
  RunContext run(Options());
  auto source = SourceOf(CutEvery(NumberedRows(1000), 100));
  source->fail_at = 9;
  EXPECT_FALSE(Write(source, "test://a/rows", run).ok());
  EXPECT_FALSE(place_.sent.empty());
  EXPECT_THAT(place_.published, IsEmpty());
}

TEST_F(RemoteOutputTest, ASingleFileIsSentOnceAllOfItIsMade) {
  RunContext run(Options());
  const auto shards = Must(WriteFiles({{"train", SourceOf({NumberedRows(3)})}},
                                      {.path = "test://a/rows.csv"}, *MakeCsvFormat(), run));
  EXPECT_THAT(place_.published, ElementsAre("rows.csv"));
  EXPECT_EQ(run.outputs()[0].uri, "test://a/rows.csv");
}

TEST_F(RemoteOutputTest, WhatCannotBeWrittenOrSentIsAnErrorOfTheWrite) {
  RunContext run(Options());
  place_.send = Error(ErrorKind::kNetwork, "the line is cut");
  EXPECT_EQ(KindOf(Write(SourceOf({NumberedRows(3)}), "test://a/rows", run).status()),
            ErrorKind::kNetwork);
  place_.check = Error(ErrorKind::kConflict, "others' keys");
  auto source = SourceOf({NumberedRows(3)});
  const Status refused = Write(source, "test://a/rows", run).status();
  EXPECT_THAT(refused.message(), HasSubstr("write.csv: others' keys"));
  EXPECT_EQ(source->opened, 0);
}

TEST_F(RemoteOutputTest, ACheckLooksAndSendsNothing) {
  RunOptions options = Options();
  options.check_only = true;
  RunContext run(options);
  EXPECT_TRUE(Write(SourceOf({NumberedRows(3)}), "test://a/rows", run).ok());
  EXPECT_THAT(place_.sent, IsEmpty());
  place_.check = Error(ErrorKind::kAuth, "not allowed");
  EXPECT_EQ(KindOf(Write(SourceOf({NumberedRows(3)}), "test://a/rows", run).status()),
            ErrorKind::kAuth);
}

TEST_F(RemoteOutputTest, WhatIsThereAsALaterRunWouldMakeItIsKept) {
  RunOptions options = Options();
  options.memory_folder = Path("memory");
  RunContext first(options);
  const auto shards = Must(Write(SourceOf({NumberedRows(250)}), "test://a/rows", first));
  place_.sent.clear();
  RunContext second(options);
  const auto kept = Must(Write(SourceOf({NumberedRows(250)}), "test://a/rows", second));
  EXPECT_EQ(kept[0].file.sha256, shards[0].file.sha256);
  EXPECT_TRUE(second.outputs()[0].kept);
  EXPECT_THAT(place_.sent, IsEmpty());
  place_.manifest = "another run's";
  RunContext third(options);
  Must(Write(SourceOf({NumberedRows(250)}), "test://a/rows", third));
  EXPECT_THAT(place_.sent, SizeIs(3));
}

TEST_F(RemoteOutputTest, ATeePublishesNothingWhereAnotherOutputFails) {
  RunContext run(Options());
  const BatchPtr rows =
      MakeBatch(arrow::schema({arrow::field("x", arrow::float64())}), {"[1.5, NaN]"});
  const std::vector<TeeOutput> outputs = {{{.path = "test://a/rows"}, MakeCsvFormat()},
                                          {{.path = Path("b.jsonl")}, MakeJsonlFormat()}};
  EXPECT_FALSE(WriteTee({"train", SourceOf({rows})}, outputs, run).ok());
  EXPECT_THAT(place_.published, IsEmpty());
}

TEST_F(RemoteOutputTest, AnAddressThatNothingWritesToIsRefused) {
  RunContext run(Options());
  for (const char* path : {"hf://datasets/a/b", "https://host/rows", "tests://a/rows"}) {
    const Status refused = Write(SourceOf({NumberedRows(3)}), path, run).status();
    EXPECT_EQ(KindOf(refused), ErrorKind::kUsage) << path;
    EXPECT_THAT(refused.message(), HasSubstr("no place that rows are written to"));
  }
}

TEST(ContentName, TellsShardsOfWritesFromOtherNames) {
  const std::string sha256(64, 'a');
  EXPECT_TRUE(IsContentName(ContentName("train", 7, sha256, ".jsonl.gz")));
  EXPECT_TRUE(IsContentName(ContentName("a.b_c", 100000, sha256, ".parquet")));
  for (const char* name : {"train-00000-of-00001.parquet", "train-00000-aaaaaaaaaaaaaaaa",
                           "train-0-aaaaaaaaaaaaaaaa.csv", "train-00000-aaaa.csv", "a.csv", ""}) {
    EXPECT_FALSE(IsContentName(name)) << name;
  }
}

TEST(Manifest, ATextThatIsNoneHasNoNames) {
  for (const char* text : {"", "[]", "{", R"({"files":[]})"}) {
    EXPECT_EQ(NamesInManifest(text), std::nullopt) << text;
  }
  EXPECT_EQ(NamesInManifest(R"({"shards":[{"name":"a"},{"name":"../b"},{"name":1},2]})"),
            std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace tideway::dataset
