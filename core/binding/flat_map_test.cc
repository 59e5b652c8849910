#include <arrow/util/byte_size.h>

#include "core/binding/row_function_fixture.h"
#include "core/dataset/op/concat.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;

class FlatMapTest : public RowFunctionTest {
 protected:
  std::string FlatMap(const std::string& text, const std::string& column) {
    return Column(FlatMapNode(text), column);
  }
};

constexpr const char* kReturns = ", { returns = { n = 'int64' } }";

TEST_F(FlatMapTest, GivesNoneOneOrManyRowsForEachInOrder) {
  const std::string times = std::string(
                                "return function(row) local list = {} for k = 1, row.id - 1 do "
                                "list[k] = { n = row.id * 10 + k } end return list end") +
                            kReturns;
  EXPECT_EQ(FlatMap(times, "n"), "[21,31,32,41,42,43]");
  EXPECT_EQ(FlatMap(times, "id"), "[2,3,3,4,4,4]");
  EXPECT_EQ(FlatMap(times, "name"), "[नेपाल,null,null,,,]");
  EXPECT_EQ(FlatMap(times, "stars"), "[null,1,1,2,2,2]");
  EXPECT_EQ(FlatMap("return function(row) return {} end", "id"), "[]");
}

TEST_F(FlatMapTest, ATableThatLacksAColumnKeepsTheOldValue) {
  EXPECT_EQ(FlatMap("return function(row) return { {}, { name = 'x' } } end", "name"),
            "[Kathmandu,x,नेपाल,x,null,x,,x]");
  const std::string maybe =
      std::string("return function(row) return { {}, { n = row.id } } end") + kReturns;
  EXPECT_EQ(FlatMap(maybe, "n"), "[null,1,null,2,null,3,null,4]");
}

TEST_F(FlatMapTest, ReplacesColumnsInTheirPlacesAndAddsDeclaredOnes) {
  auto node =
      FlatMapNode(std::string("return function(row) return { { id = 'x', n = 1 } } end, "
                              "{ returns = { id = 'string', n = 'int8' } }"));
  auto schema = (*node)->schema(runtime_->run());
  EXPECT_EQ((*schema)->ToString(), "id: string\nname: string\nstars: double\nn: int8");
}

TEST_F(FlatMapTest, NewColumnsMustBeDeclared) {
  EXPECT_THAT(FlatMap("return function(row) return { { n = 1 } } end", "n"),
              HasSubstr("flat_map: the function returned a new column `n`; declare its type: "
                        "returns = { n = \"int64\" } (row 1)"));
}

TEST_F(FlatMapTest, TextsOfOneRowLiveAsLongAsItsList) {
  EXPECT_EQ(FlatMap("return function(row) if not row.name then return {} end "
                    "local a, b = row.name:upper(), row.name:sub(1, 3) "
                    "return { { name = a .. '!' }, { name = b } } end",
                    "name"),
            "[KATHMANDU!,Kat,नेपाल!,न,!,]");
}

TEST_F(FlatMapTest, ATableFromOutsideTheFunctionMayBeTheList) {
  EXPECT_EQ(FlatMap("local list = { { name = 'a' }, { name = 'b' } } "
                    "return function(row) return row.id < 3 and list or {} end",
                    "name"),
            "[a,b,a,b]");
}

TEST_F(FlatMapTest, WhatIsNoListOfTablesIsAnErrorThatNamesTheRow) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nil", "flat_map: the function must return a list of rows, {} for none, not nil"},
      {"'x'", "not a string (\"x\")"},
      {"row", "not a row"},
      {"{ name = 'x' }", "must return a list of rows, not one row: return { { ... } }"},
      {"{ {}, 7 }", "item 2 of the list must be a table of columns, not a number (7)"},
      {"{ {}, nil, {} }", "must return a list of rows without gaps and other keys: 2 keys"},
      {"{ {}, n = 1 }", "without gaps and other keys: 2 keys, 1 in the list"},
      {"{ row }", "item 1 of the list must be a table of columns, not a row; {} is the row"},
      {"{ { id = 'x' } }", "column `id` is int64: the function returned a string (\"x\")"},
      {"{ {}, { name = ('é'):sub(1, 1) } }", "the text for column `name` is not valid UTF-8"},
  };
  for (const auto& [value, message] : cases) {
    const std::string error = FlatMap(
        "return function(row) if row.id == 3 then return " + value + " end return { {} } end",
        "id");
    EXPECT_THAT(error, HasSubstr("flat_map: ")) << value;
    EXPECT_THAT(error, HasSubstr(message)) << value;
    EXPECT_THAT(error, HasSubstr("(row 3)")) << value;
  }
}

TEST_F(FlatMapTest, AListThatTheHeapCannotHoldIsAnErrorThatNamesTheRow) {
  const std::string error = FlatMap(
      "return function(row) local list = {} for k = 1, 1e9 do list[k] = { name = 'x' } end "
      "return list end",
      "id");
  EXPECT_THAT(error, HasSubstr("flat_map: not enough memory: a row function may hold"));
  EXPECT_THAT(error, HasSubstr("(row 1)"));
}

TEST_F(FlatMapTest, GarbageOfRowsBeforeDoesNotCount) {
  std::string rows = "[";
  for (int id = 0; id < 40; ++id)
    rows += (id == 0 ? "" : ",") + ("{\"id\": " + std::to_string(id) + "}");
  Load(arrow::schema({arrow::field("id", arrow::int64())}), rows + "]");
  dataset::RunContext run({.workers = 1, .memory_bytes = 64 << 20});
  auto node = FlatMapNode(
      "return function(row) local list = {} for k = 1, 80000 do "
      "list[k] = { id = k } end return list end");
  CollectSink sink;
  const Status status = dataset::Execute(**node, sink, run);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ((*sink.table())->num_rows(), 40 * 80000);
  node = FlatMapNode(
      "return function(row) local list = {} for k = 1, row.id * 40000 do "
      "list[k] = { id = k } end return list end");
  const std::string error = dataset::Execute(**node, sink, run).message();
  EXPECT_THAT(error, HasSubstr("flat_map: not enough memory: a row function may hold 16.0 MiB"));
  EXPECT_THAT(error, testing::ContainsRegex("\\(row [3-9]\\)"));
}

// Counts rows and finds the largest batch.
class MeasureSink : public CollectSink {
 public:
  Result<bool> Consume(const dataset::BatchPtr& batch) override {
    rows += batch->num_rows();
    largest = std::max(largest, arrow::util::ReferencedBufferSize(*batch).ValueOrDie());
    return true;
  }
  int64_t rows = 0;
  int64_t largest = 0;
};

TEST_F(FlatMapTest, AnExplosionComesInBatchesOfBoundedSize) {
  dataset::RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  const auto text =
      "local row_of = { name = ('x'):rep(100) } local list = {} "
      "for k = 1, 100000 do list[k] = row_of end "
      "return function(row) return list end";
  auto node = FlatMapNode(text);
  ASSERT_TRUE(node.ok()) << node.status().ToString();
  MeasureSink sink;
  ASSERT_TRUE(dataset::Execute(**node, sink, run).ok());
  EXPECT_EQ(sink.rows, 400000);
  EXPECT_LT(sink.largest, 8 << 20);
}

TEST_F(FlatMapTest, AColumnThatStaysIsNotCopiedBeyondABatch) {
  const std::string wide(1 << 20, 'w');
  Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}),
       R"([{"id": 1, "name": ")" + wide + R"("}, {"id": 2, "name": "b"}])");
  dataset::RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  for (const char* given : {"{}", "{ name = row.id > 1 and 'z' or nil }"}) {
    auto node = FlatMapNode("return function(row) local list = {} for k = 1, 500 do list[k] = " +
                            std::string(given) + " end return list end");
    ASSERT_TRUE(node.ok()) << node.status().ToString();
    MeasureSink sink;
    ASSERT_TRUE(dataset::Execute(**node, sink, run).ok());
    EXPECT_EQ(sink.rows, 1000);
    EXPECT_LT(sink.largest, 8 << 20);
  }
}

TEST_F(FlatMapTest, RowsAreTheSameForAnyWorkersAndMemory) {
  std::string rows = "[";
  for (int id = 0; id < 5000; ++id) {
    rows += (id == 0 ? "" : ",") + ("{\"id\": " + std::to_string(id)) +
            (id % 7 == 0 ? ", \"name\": null}" : ", \"name\": \"न" + std::to_string(id) + "\"}");
  }
  Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}),
       rows + "]");
  auto node = FlatMapNode(
      "return function(row) local list = {} for k = 1, row.id % 5 do "
      "list[k] = { n = row.id * 10 + k, name = k == 2 and row.name or nil } end "
      "if row.id == 77 then for k = 1, 20000 do list[k] = { n = k } end end return list end"
      ", { returns = { n = 'int64' } }");
  std::shared_ptr<arrow::Table> expected;
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      dataset::RunContext run({.workers = workers, .memory_bytes = memory});
      CollectSink sink;
      ASSERT_TRUE(dataset::Execute(**node, sink, run).ok());
      auto table = *sink.table();
      if (expected == nullptr) expected = table;
      EXPECT_EQ(table->num_rows(), 20000 + 9998);
      EXPECT_TRUE(table->Equals(*expected)) << workers << " " << memory;
    }
  }
}

}  // namespace
}  // namespace tideway::binding
