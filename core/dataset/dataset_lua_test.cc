#include <filesystem>

#include "core/base/file.h"
#include "core/binding/runtime_fixture.h"

namespace tideway::dataset {

int OpenDataset(lua_State* L);

namespace {

class DatasetLua : public binding::RuntimeTest {
 protected:
  DatasetLua() { modules_ = {{"dataset", OpenDataset}}; }
  void SetUp() override {
    RuntimeTest::SetUp();
    std::string pattern = ::testing::TempDir() + "tideway-lua-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    RuntimeTest::TearDown();
    std::filesystem::remove_all(folder_);
  }

  // The result, as text, of a script that has `tw`, `rows` (id 1 to 6, word a b c a b null),
  // `ids(dataset)`, and `folder`.
  std::string Value(const std::string& script) {
    return Eval(R"(
      local tw = require "tideway"
      local folder = ")" +
                folder_ + R"("
      local rows = tw.dataset.from_rows {
        { id = 1, word = "a" }, { id = 2, word = "b" }, { id = 3, word = "c" },
        { id = 4, word = "a" }, { id = 5, word = "b" }, { id = 6, word = tw.null },
      }
      local function ids(dataset)
        local list = {}
        for row in dataset:rows() do list[#list + 1] = tostring(row.id) end
        return table.concat(list, " ")
      end
      )" + script);
  }

  std::string folder_;
};

TEST_F(DatasetLua, RowsComeBackWithTheirNulls) {
  EXPECT_EQ(Value("return ids(rows)"), "1 2 3 4 5 6");
  EXPECT_EQ(Value("return rows:count()"), "6");
  EXPECT_EQ(Value("return rows:head(2)[2].word"), "b");
  EXPECT_EQ(Value("return #rows:head()"), "6");
  EXPECT_EQ(Value("return #rows:head(0)"), "0");
  EXPECT_EQ(Value("return rows:collect()[6].word == tw.null"), "true");
  EXPECT_EQ(Value("local c = rows:columns() return c[1].name .. ' ' .. c[1].type"), "id int64");
}

TEST_F(DatasetLua, ManyRowsCrossBatchesAndTables) {
  EXPECT_EQ(Value(R"(
      local many = {}
      for i = 1, 70001 do many[i] = { id = i } end
      local total, last = 0, 0
      for row in tw.dataset.from_rows(many):rows() do
        assert(row.id == last + 1)
        last, total = row.id, total + 1
      end
      return total)"),
            "70001");
}

TEST_F(DatasetLua, OperatorsChain) {
  EXPECT_EQ(Value("return ids(rows:filter { not_null = 'word' })"), "1 2 3 4 5");
  EXPECT_EQ(Value("return ids(rows:filter(function(row) return row.id > 3 end))"), "4 5 6");
  EXPECT_EQ(Value("return ids(rows:concat(rows, rows))"), "1 2 3 4 5 6 1 2 3 4 5 6 1 2 3 4 5 6");
  EXPECT_EQ(Value("return rows:select('word', 'id'):columns()[1].name"), "word");
  EXPECT_EQ(Value("return #rows:select { 'word' }:columns()"), "1");
  EXPECT_EQ(Value("return rows:drop('id'):columns()[1].name"), "word");
  EXPECT_EQ(Value("return rows:rename { word = 'w' }:columns()[2].name"), "w");
  EXPECT_EQ(Value(R"(
      local lengths = rows:map(function(row) return { id = row.id * 2 } end)
      return ids(lengths))"),
            "2 4 6 8 10 12");
  EXPECT_EQ(Value("return rows:map('id', function(id) return id + 1 end):head(1)[1].id"), "2");
}

TEST_F(DatasetLua, SampleTakesExactlyNAndTheSameEveryTime) {
  EXPECT_EQ(Value(R"(
      local function sample() return ids(rows:sample { n = 3, seed = 42, key = "id" }) end
      local first = sample()
      assert(#first == 5 and first == sample())
      return rows:sample { n = 100 }:count())"),
            "6");
}

TEST_F(DatasetLua, EncodeGivesIds) {
  const std::string encode = "return rows:encode('word', ";
  EXPECT_EQ(Value(encode + "{ 'c', 'b', 'a' }, { as = 'label' }):head(1)[1].label"), "2");
  EXPECT_EQ(Value(encode + "{ 'c', 'b', 'a' }, { nulls = 'drop' }):count()"), "5");
  EXPECT_EQ(Value(encode + "{ 'c', 'b' }):count()"), "6");
  EXPECT_EQ(Value(encode + "{ 'c', 'b' }):collect()"),
            "encode word: unknown label: `a`; did you mean `c`? (row 1)");
  EXPECT_EQ(
      Value(encode + "{ 'c' }, { on_unknown = 'dropp' })"),
      "encode: on_unknown must be one of `error`, `null`, `drop`: `dropp`; did you mean `drop`?");
}

TEST_F(DatasetLua, SplitGivesPartsByNameAndTheirNamesInOrder) {
  EXPECT_EQ(Value(R"(
      local many = {}
      for i = 1, 1523 do many[i] = { id = i, label = i % 3 } end
      local parts = tw.dataset.from_rows(many)
        :split { train = 0.8, eval = "0.1", test = 0.1, stratify = "label", seed = 42 }
      local text = {}
      for i, name in ipairs(parts) do text[i] = name .. " " .. parts[name]:count() end
      return table.concat(text, ", "))"),
            "train 1218, eval 152, test 153");
}

TEST_F(DatasetLua, WrongArgumentsAreNamed) {
  EXPECT_EQ(Value("return rows:split { train = 0.8, test = 0.3 }"),
            "split: shares must sum to at most 1: 1.1");
  EXPECT_EQ(Value("return rows:split { train = true }"),
            "split: share of `train` must be a number, not boolean");
  EXPECT_EQ(Value("return rows:sample { n = 1, sed = 2 }"),
            "sample: unknown option `sed`; did you mean `seed`?");
  EXPECT_EQ(Value("return rows:sample {}"), "sample: give either n or fraction");
  EXPECT_EQ(
      Value("return rows:filter {}"),
      "filter: takes an expression (tw.col), a function, { not_null = column }, or a column and "
      "rules");
  EXPECT_EQ(Value("return rows:head(-1)"), "head: n must not be negative: -1");
  EXPECT_EQ(Value("return rows:counts()"),
            "tideway.Dataset: no member `counts`; did you mean `count`?");
  EXPECT_EQ(Value("return rows:concat(3)"),
            "concat: argument 2 must be a tideway.Dataset, not number");
  EXPECT_EQ(Value("return rows:map('word', 3)"),
            "map: argument 3 must be a function or a native one such as tw.text.clean{}, "
            "not number");
  EXPECT_EQ(Value("return rows:select('wrd'):count() .. ids(rows:select('wrd'))"),
            "select: no column `wrd`; did you mean `word`?");
}

TEST_F(DatasetLua, WriteParquetToAFileAndReadItAgain) {
  EXPECT_EQ(Value(R"(
      local files = rows:write_parquet(folder .. "/x/rows.parquet")
      assert(#files == 1 and files[1].name == "rows.parquet" and #files[1].sha256 == 64)
      return ids(tw.dataset.parquet(folder .. "/x/rows.parquet")))"),
            "1 2 3 4 5 6");
  EXPECT_FALSE(FileExists(folder_ + "/x/manifest.json"));
  const auto outputs = runtime_->run().outputs();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(outputs[0].rows, 6);
}

TEST_F(DatasetLua, AFolderGetsShardsAndAManifestAndLosesItsOldShards) {
  EXPECT_EQ(Value(R"(
      local out = folder .. "/out"
      rows:write_parquet(out, { stem = "old" })
      local files = rows:write_parquet(out)
      assert(files[1].name == "train-00000-of-00001.parquet")
      return ids(tw.dataset.parquet(out)))"),
            "1 2 3 4 5 6");
  EXPECT_FALSE(FileExists(folder_ + "/out/old-00000-of-00001.parquet"));
  EXPECT_THAT(*ReadFile(folder_ + "/out/manifest.json"),
              ::testing::HasSubstr(R"("name": "train-00000-of-00001.parquet")"));
}

TEST_F(DatasetLua, AWriteThatFailsChangesNothing) {
  EXPECT_THAT(Value(R"(
      local out = folder .. "/out"
      rows:write_parquet(out)
      rows:encode("word", { "a" }):write_parquet(out))"),
              ::testing::StartsWith("encode word: unknown label: `b`"));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/out")) {
    files += entry.is_regular_file();
  }
  EXPECT_EQ(files, 2);
}

TEST_F(DatasetLua, ADatasetPrintsItsPlan) {
  EXPECT_EQ(Value("return rows:select('id'):sample { n = 2 }"),
            "tideway.Dataset: sample 2 rows, seed 0");
  EXPECT_EQ(Value("return rows:select('id'):plan()"), "select id\n  from_rows 6 rows\n");
}

TEST_F(DatasetLua, DeclaredTypesHold) {
  EXPECT_EQ(Value(R"(
      local typed = tw.dataset.from_rows({ { n = 1 } }, { types = { n = "float64" } })
      return typed:columns()[1].type)"),
            "double");
  EXPECT_EQ(Value("return tw.dataset.from_rows({}, { types = { n = 'in64' } })"),
            "unknown type `in64`; did you mean `int64`?");
}

TEST_F(DatasetLua, RowsWorkOutsideATaskToo) {
  ASSERT_TRUE(
      Call("assert(require('tideway').dataset.from_rows({ { a = 1 } }):count() == 1)").ok());
}

}  // namespace
}  // namespace tideway::dataset
