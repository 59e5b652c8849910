#include <nlohmann/json.hpp>

#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The example that Python's push_to_hub was recorded with: train 8 rows, validation 3, test 2.
constexpr const char* kExampleCard = R"(---
dataset_info:
  features:
  - name: id
    dtype: int64
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': negative
          '1': neutral
          '2': positive
  - name: tags
    list: string
  - name: meta
    struct:
    - name: lang
      dtype: string
    - name: score
      dtype: float32
  splits:
  - name: train
    num_bytes: 403
    num_examples: 8
  - name: validation
    num_bytes: 154
    num_examples: 3
  - name: test
    num_bytes: 99
    num_examples: 2
  download_size: 9634
  dataset_size: 656
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: validation
    path: data/validation-*
  - split: test
    path: data/test-*
---
)";

dataset::NodePtr ExamplePart(int first, int rows) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
       arrow::field("label", arrow::int64()), arrow::field("tags", arrow::list(arrow::utf8())),
       arrow::field("meta", arrow::struct_({arrow::field("lang", arrow::utf8()),
                                            arrow::field("score", arrow::float32())}))});
  std::string json = "[";
  for (int i = 0; i < rows; ++i) {
    const int k = first + i;
    const char* tags[] = {"[]", "[\"a\"]", "[\"a\", \"b\"]"};
    json += (i == 0 ? "" : ", ") + std::string("[") + std::to_string(k) + ", \"row number " +
            std::to_string(k) + "\", " + std::to_string(k % 3) + ", " + tags[i % 3] +
            ", [\"en\", " + std::to_string(i / 2.0) + "]]";
  }
  return Rows(schema, json + "]");
}

PushRequest Example() {
  PushRequest request;
  request.parts = {{"test", ExamplePart(11, 2)},
                   {"train", ExamplePart(0, 8)},
                   {"validation", ExamplePart(8, 3)}};
  request.labels = {{"label", {"negative", "neutral", "positive"}}};
  request.tag = "v1";
  return request;
}

dataset::NodePtr Numbers(const std::string& values) {
  return Rows(arrow::schema({arrow::field("n", arrow::int64())}), values);
}
PushRequest Small(const std::string& values = "[[1], [2]]") {
  PushRequest request;
  request.parts = {{"train", Numbers(values)}};
  return request;
}

class PushTest : public HubTest {
 protected:
  Result<PushResult> Push(const PushRequest& request) {
    LocalRepository repository(Options());
    dataset::RunContext run({.workers = 2});
    return hub::Push(repository, request, run);
  }
  std::vector<std::string> TagNames() {
    std::vector<std::string> names;
    LocalRepository repository(Options());
    for (const Tag& tag : Must(repository.Tags())) names.push_back(tag.name);
    return names;
  }
};

TEST_F(PushTest, CardOfTheWorkedExampleIsPythonsByteForByte) {
  const PushResult result = Must(Push(Example()));
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(ReadText(Repo("README.md")), kExampleCard);
  EXPECT_EQ(std::string(kExampleCard).size(), 758U);
}

TEST_F(PushTest, PythonLoadsTheWorkedExample) {
  Must(Push(Example()));
  const Ran ran = Judge("example " + Repo().string());
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST_F(PushTest, ResultSaysWhatWasPublished) {
  const PushResult result = Must(Push(Example()));
  ASSERT_EQ(result.splits.size(), 3U);
  EXPECT_EQ(result.splits[0].name, "train");
  EXPECT_EQ(result.splits[0].rows, 8);
  EXPECT_EQ(result.splits[0].bytes, 403);
  EXPECT_EQ(result.splits[2].name, "test");
  EXPECT_EQ(result.dataset_size, 656);
  EXPECT_EQ(result.tag, "v1");
  EXPECT_EQ(result.commit.size(), 40U);
}

TEST_F(PushTest, SameDataAgainMakesNoCommitAndNoTag) {
  const PushResult first = Must(Push(Example()));
  PushRequest again = Example();
  again.tag = "v2";
  const PushResult second = Must(Push(again));
  EXPECT_FALSE(second.changed);
  EXPECT_EQ(second.commit, first.commit);
  EXPECT_EQ(second.tag, "v1");
  EXPECT_THAT(TagNames(), ElementsAre("v1"));
}

TEST_F(PushTest, MetadataHoldsTheFactsAndWhatTheScriptAdds) {
  PushRequest request = Example();
  request.metadata = R"({"zone": 5, "author": "me", "label_column": "label"})";
  FakeClock clock(std::chrono::hours(24));
  LocalRepository repository(Options());
  dataset::RunContext run({.workers = 1}, clock);
  Must(hub::Push(repository, request, run));
  EXPECT_EQ(ReadText(Repo("dataset_metadata.json")), R"({
  "dataset_name": "repo",
  "version_tag": "v1",
  "label_column": "label",
  "created_at": "1970-01-02T00:00:00Z",
  "num_samples": 13,
  "splits": {
    "train": 8,
    "validation": 3,
    "test": 2
  },
  "author": "me",
  "zone": 5
}
)");
}

TEST_F(PushTest, FieldsOfTheScriptWin) {
  PushRequest request = Small();
  request.metadata = R"({"dataset_name": "other"})";
  Must(Push(request));
  EXPECT_THAT(ReadText(Repo("dataset_metadata.json")), HasSubstr(R"("dataset_name": "other")"));
}

TEST_F(PushTest, CreatedAtAndVersionTagAloneAreNoChange) {
  PushRequest request = Small();
  request.metadata = R"({"author": "me", "created_at": "2026-01-01", "version_tag": "v1"})";
  Must(Push(request));
  const std::string before = ReadText(Repo("dataset_metadata.json"));
  request.metadata = R"({"version_tag": "v2", "created_at": "2026-01-02", "author": "me"})";
  EXPECT_FALSE(Must(Push(request)).changed);
  EXPECT_EQ(ReadText(Repo("dataset_metadata.json")), before);
  request.metadata = R"({"version_tag": "v3", "created_at": "2026-01-03", "author": "you"})";
  EXPECT_TRUE(Must(Push(request)).changed);
  EXPECT_THAT(ReadText(Repo("dataset_metadata.json")), HasSubstr("2026-01-03"));
}

TEST_F(PushTest, FilesOfAnEarlierPushGo) {
  Must(Push(Example()));
  Must(Push(Small()));
  const auto visible = Visible();
  EXPECT_TRUE(visible.contains("data/train-00000-of-00001.parquet"));
  EXPECT_EQ(visible.size(), 3U);
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(Repo("data/test-00000-of-00001.parquet"))));
}

TEST_F(PushTest, PythonLoadsTheHeadAndOldVersionsByTag) {
  PushRequest request = Small("[[1], [2]]");
  request.parts.push_back({"test", Numbers("[[3]]")});
  request.tag = "v1";
  Must(Push(request));
  const std::string cache = (folder_ / "cache").string();
  Ran ran = Judge("numbers " + cache + " '" + Repo().string() + "=train:1,2;test:3'");
  EXPECT_EQ(ran.code, 0) << ran.output;

  Must(Push(Small("[[4], [5]]")));
  ran = Judge("numbers " + cache + " '" + Repo().string() + "=train:4,5' '" +
              Repo(".tideway-repo/tags/v1").string() + "=train:1,2;test:3'");
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST_F(PushTest, CardOfTheAuthorSurvives) {
  const std::string body = "---\nlicense: mit  # ours\n---\n\n# Title\r\n---\nend";
  WriteText(Repo("README.md"), body);
  Must(Push(Small()));
  const std::string card = ReadText(Repo("README.md"));
  EXPECT_TRUE(card.starts_with("---\nlicense: mit  # ours\ndataset_info:\n")) << card;
  EXPECT_TRUE(card.ends_with("---\n\n# Title\r\n---\nend")) << card;
  WriteText(Repo("README.md"), card + "\nmore");
  EXPECT_FALSE(Must(Push(Small())).changed);
  Must(Push(Small("[[3]]")));
  EXPECT_THAT(ReadText(Repo("README.md")), HasSubstr("end\nmore"));
}

TEST_F(PushTest, FileOfSomeoneElseInASplitsPlaceIsRefused) {
  WriteText(Repo("data/train-raw.csv"), "a,b\n");
  EXPECT_FAILS(Push(Small()), ErrorKind::kConflict, "data/train-raw.csv");
  EXPECT_EQ(Visible(), (std::map<std::string, std::string>{{"data/train-raw.csv", "a,b\n"}}));
  EXPECT_FALSE(fs::exists(Repo(".tideway-repo")));
}

TEST_F(PushTest, OtherFilesInTheFolderStay) {
  WriteText(Repo("data/raw.csv"), "a\n");
  WriteText(Repo("notes.txt"), "n");
  Must(Push(Small()));
  EXPECT_EQ(ReadText(Repo("data/raw.csv")), "a\n");
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(Repo("notes.txt"))));
}

TEST_F(PushTest, BadSplitNamesAreRefused) {
  for (const char* name : {"", "a-b", "a b", ".", "a.", ".a", "a..b", "all", "../x", "é", "a/b"}) {
    PushRequest request = Small();
    request.parts[0].split = name;
    EXPECT_FAILS(Push(request), ErrorKind::kUsage, "not a split name");
  }
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(PushTest, BadTagsAreRefused) {
  for (const char* tag : {"-x", "a/b", "a b", ".x", "a..b", "x.lock", "é"}) {
    PushRequest request = Small();
    request.tag = tag;
    EXPECT_FAILS(Push(request), ErrorKind::kUsage, "not a tag");
  }
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(PushTest, NoPartsAndDoubledPartsAreRefused) {
  EXPECT_FAILS(Push(PushRequest{}), ErrorKind::kUsage, "no parts");
  PushRequest request = Small();
  request.parts.push_back(request.parts[0]);
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "twice");
}

TEST_F(PushTest, TagIsNeverMoved) {
  PushRequest request = Small();
  request.tag = "v1";
  Must(Push(request));
  Must(Push(Small("[[3]]")));
  request.parts[0].plan = Numbers("[[4]]");
  EXPECT_FAILS(Push(request), ErrorKind::kConflict, "the tag exists: v1");
  EXPECT_THAT(TagNames(), ElementsAre("v1"));
}

TEST_F(PushTest, SplitsWithDifferentColumnsAreRefused) {
  PushRequest request = Small();
  request.parts.push_back(
      {"test", Rows(arrow::schema({arrow::field("m", arrow::int64())}), "[[1]]")});
  EXPECT_FAILS(Push(request), ErrorKind::kData, "different columns");
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(PushTest, LabelsMustFitTheirColumn) {
  PushRequest request = Small("[[0], [2]]");
  request.labels = {{"m", {"a"}}};
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "did you mean `n`");
  request.labels = {{"n", {}}};
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "no names");
  request.labels = {{"n", {"a", "a"}}};
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "twice `a`");
  request.labels = {{"n", {"a\xff"}}};
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "UTF-8");
  request.labels = {{"n", {"a", "b"}}};
  EXPECT_FAILS(Push(request), ErrorKind::kData, "out of range: column `n` of train: 2 of 2 names");
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(PushTest, LabelsThatContradictEncodeAreRefused) {
  PushRequest request = Small("[[0]]");
  const auto field = dataset::WithLabels(arrow::field("n", arrow::int64()), {"a", "b"});
  request.parts[0].plan = Rows(arrow::schema({field}), "[[0]]");
  request.labels = {{"n", {"b", "a"}}};
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "encode gave it other names");
  request.labels = {{"n", {"a", "b"}}};
  Must(Push(request));
}

TEST_F(PushTest, MetadataMustBeATable) {
  for (const char* text : {"[1]", "1", "{"}) {
    PushRequest request = Small();
    request.metadata = text;
    EXPECT_FAILS(Push(request), ErrorKind::kUsage, "metadata");
  }
}

TEST_F(PushTest, CardThatCannotBeSplitStopsThePushBeforeItRuns) {
  WriteText(Repo("README.md"), "---\nconfigs: {a: [b\n---\n");
  EXPECT_FAILS(Push(Small()), ErrorKind::kData, "line 2");
  EXPECT_EQ(Visible().size(), 1U);
}

TEST_F(PushTest, CheckTouchesNothing) {
  LocalRepository repository(Options());
  dataset::RunContext run({.check_only = true});
  PushRequest request = Small();
  request.tag = "v1";
  const PushResult planned = Must(hub::Push(repository, request, run));
  EXPECT_TRUE(planned.changed);
  EXPECT_EQ(planned.splits.at(0).name, "train");
  EXPECT_FALSE(fs::exists(Repo()));
  ASSERT_EQ(run.plans().size(), 1U);
  EXPECT_THAT(run.plans()[0], HasSubstr("push file:"));
  request.labels = {{"m", {"a"}}};
  EXPECT_FAILS(hub::Push(repository, request, run), ErrorKind::kUsage, "no such column");
  request.parts[0].split = "a-b";
  EXPECT_FAILS(hub::Push(repository, request, run), ErrorKind::kUsage, "not a split name");
}

TEST_F(PushTest, EmptySplitIsPublishedWithItsColumns) {
  PushRequest request = Small("[]");
  Must(Push(request));
  EXPECT_THAT(ReadText(Repo("README.md")), HasSubstr("num_examples: 0"));
}

TEST_F(PushTest, OutputsAreRecordedForTheReceipt) {
  LocalRepository repository(Options());
  dataset::RunContext run({.workers = 1});
  Must(hub::Push(repository, Small(), run));
  ASSERT_EQ(run.outputs().size(), 1U);
  EXPECT_THAT(run.outputs()[0].uri, HasSubstr("/data/train-00000-of-00001.parquet"));
  EXPECT_EQ(run.outputs()[0].hash,
            "sha256:" + Sha256Hex(ReadText(Repo("data/train-00000-of-00001.parquet"))));
  PushRequest other = Small("[[7]]");
  other.parts[0].split = "test";
  Must(hub::Push(repository, other, run));
  ASSERT_EQ(run.outputs().size(), 1U) << "the second push replaced what the first published";
  EXPECT_THAT(run.outputs()[0].uri, HasSubstr("/data/test-00000-of-00001.parquet"));
}

TEST_F(PushTest, SplitNameTooLongForAFileIsRefusedBeforeAnythingRuns) {
  PushRequest request = Small();
  request.parts[0].split = std::string(240, 'x');
  EXPECT_FAILS(Push(request), ErrorKind::kUsage, "not a split name");
}

TEST_F(PushTest, FolderWhoseNameBeginsLikeAShardIsNotInTheWay) {
  WriteText(Repo("data/train-x/notes.txt"), "mine");
  Must(Push(Small()));
  EXPECT_EQ(ReadText(Repo("data/train-x/notes.txt")), "mine");
}

}  // namespace
}  // namespace tideway::hub::testing
