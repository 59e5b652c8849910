// A fixture for tests of row functions: a few rows, and the ways to run a function over them and to
// see what came out as text.
#pragma once

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/json/from_string.h>

#include <string>
#include <vector>

#include "core/binding/row_function.h"
#include "core/binding/runtime_fixture.h"
#include "core/dataset/execute.h"
#include "core/dataset/format/sources.h"

namespace tideway::binding {

class CollectSink : public dataset::Sink {
 public:
  std::string_view name() const override { return "collect"; }
  Status Open(const dataset::SchemaPtr& schema) override {
    schema_ = schema;
    return Status::OK();
  }
  Result<bool> Consume(const dataset::BatchPtr& batch) override {
    batches_.push_back(batch);
    return true;
  }
  Status Finish() override { return Status::OK(); }
  Result<std::shared_ptr<arrow::Table>> table() const {
    return arrow::Table::FromRecordBatches(schema_, batches_);
  }

 private:
  dataset::SchemaPtr schema_;
  std::vector<dataset::BatchPtr> batches_;
};

class RowFunctionTest : public RuntimeTest {
 protected:
  void SetUp() override {
    RuntimeTest::SetUp();
    ASSERT_TRUE(arrow::compute::Initialize().ok());
    Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8()),
                        arrow::field("stars", arrow::float64())}),
         R"([{"id": 1, "name": "Kathmandu", "stars": 4.5}, {"id": 2, "name": "नेपाल", "stars": null},
             {"id": 3, "name": null, "stars": 1}, {"id": 4, "name": "", "stars": 2}])");
  }

  void Load(std::shared_ptr<arrow::Schema> schema, const std::string& rows) {
    auto table = arrow::json::ChunkedArrayFromJSONString(arrow::struct_(schema->fields()), {rows});
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    auto batch = arrow::RecordBatch::FromStructArray((*table)->chunk(0));
    ASSERT_TRUE(batch.ok());
    input_ = dataset::FromTable(*arrow::Table::FromRecordBatches({*batch}));
  }

  // Leaves what the script returns on the stack: the function, and the options or nil.
  Status Script(const std::string& text) {
    lua_settop(L_, 0);
    return Run(text, 2);
  }
  Result<dataset::NodePtr> MapNode(const std::string& text) {
    RETURN_NOT_OK(Script(text));
    return MapRows(L_, 1, 2, input_);
  }
  Result<dataset::NodePtr> FlatMapNode(const std::string& text) {
    RETURN_NOT_OK(Script(text));
    return FlatMapRows(L_, 1, 2, input_);
  }
  Result<dataset::NodePtr> ColumnNode(const std::string& column, const std::string& text) {
    RETURN_NOT_OK(Script(text));
    return MapColumn(L_, column, 1, 2, input_);
  }
  Result<dataset::NodePtr> FilterNode(const std::string& text) {
    RETURN_NOT_OK(Script(text));
    return FilterRows(L_, 1, input_);
  }
  Result<std::shared_ptr<arrow::Table>> Collect(const Result<dataset::NodePtr>& node) {
    RETURN_NOT_OK(node.status());
    CollectSink sink;
    RETURN_NOT_OK(dataset::Execute(**node, sink, runtime_->run()));
    return sink.table();
  }
  // Column `name` as text, "[1,2,null]", or the error's message.
  std::string Column(const Result<dataset::NodePtr>& node, const std::string& name) {
    auto table = Collect(node);
    if (!table.ok()) return table.status().message();
    const auto column = (*table)->GetColumnByName(name);
    if (!column) return "no column " + name;
    std::string text = "[";
    for (int64_t i = 0; i < column->length(); ++i) {
      text += (i == 0 ? "" : ",") + (*column->GetScalar(i))->ToString();
    }
    return text + "]";
  }
  std::string Map(const std::string& text, const std::string& column) {
    return Column(MapNode(text), column);
  }
  // The value of `expression` (with `row`) for each row, as the text it becomes.
  std::string Each(const std::string& expression) {
    return Map("return function(row) return { out = tostring(" + expression +
                   ") } end, { returns = { out = 'string' } }",
               "out");
  }
  std::string Filter(const std::string& text) { return Column(FilterNode(text), "id"); }

  dataset::NodePtr input_;
};

}  // namespace tideway::binding
