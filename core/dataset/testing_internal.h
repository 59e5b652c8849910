// What the executor's tests share: batches from JSON text, a source cut at will, a run with a
// folder of its own. Test code only.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/dataset/execute.h"
#include "core/dataset/run_context.h"
#include "core/dataset/sinks.h"

namespace tideway::dataset::testing {

inline std::shared_ptr<arrow::Array> Column(const std::shared_ptr<arrow::DataType>& type,
                                            const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

// A batch from columns as JSON arrays.
inline BatchPtr Rows(const SchemaPtr& schema, const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (int i = 0; i < schema->num_fields(); ++i) {
    arrays.push_back(Column(schema->field(i)->type(), columns[static_cast<size_t>(i)]));
  }
  const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

// A source of given batches; `fail_at` makes that morsel fail, `tells_rows` lets its stream tell
// the rows of each before it runs. `narrow` is what it is for a caller who needs few columns; then
// it is cheap to read again.
class BatchSource : public Node {
 public:
  explicit BatchSource(SchemaPtr schema, std::vector<BatchPtr> batches, bool known = false)
      : schema_(std::move(schema)), known_(known), batches_(std::move(batches)) {}

  int64_t fail_at = -1;
  bool fail_in_next = false;
  bool tells_rows = false;
  NodePtr narrow = nullptr;
  std::function<void(int64_t index)> before = {};  // called by each morsel that is run
  mutable int opened = 0;
  mutable std::atomic<int64_t> given = 0;     // morsels
  mutable std::atomic<int64_t> computed = 0;  // morsels that were run

  std::string_view op() const override { return "test_rows"; }
  std::string Describe() const override { return ""; }
  Result<std::string> Identity(RunContext&) const override {
    std::string cells;
    for (const auto& batch : batches_) cells += batch->ToString();
    return Hash128Hex(cells);
  }
  Result<SchemaPtr> schema(RunContext&) const override { return schema_; }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    if (!known_) return std::nullopt;
    int64_t rows = 0;
    for (const auto& batch : batches_) rows += batch->num_rows();
    return rows;
  }
  bool cheap_to_reread() const override { return narrow != nullptr; }
  NodePtr Narrow(const std::vector<std::string>&) const override { return narrow; }
  Result<std::unique_ptr<Stream>> Open(RunContext&) const override {
    ++opened;
    return std::make_unique<BatchStream>(*this);
  }

 private:
  class BatchStream : public Stream {
   public:
    explicit BatchStream(const BatchSource& source) : source_(source) {}
    const SchemaPtr& schema() const override { return source_.schema_; }
    Result<Morsel> Next() override {
      if (next_ == source_.batches_.size()) return Morsel();
      const auto index = static_cast<int64_t>(next_++);
      ++source_.given;
      source_.given.notify_all();
      const bool fails = index == source_.fail_at;
      if (fails && source_.fail_in_next) return Failure();
      return Morsel([this, index, fails](Worker&) -> Result<BatchPtr> {
        if (source_.before) source_.before(index);
        ++source_.computed;
        if (fails) return Failure();
        return source_.batches_[static_cast<size_t>(index)];
      });
    }
    std::optional<int64_t> MorselRows() const override {
      if (!source_.tells_rows) return std::nullopt;
      return source_.batches_[next_ - 1]->num_rows();
    }

   private:
    static Status Failure() { return Error(ErrorKind::kData, "test: the source broke"); }
    const BatchSource& source_;
    size_t next_ = 0;
  };

  const SchemaPtr schema_;
  const bool known_;
  const std::vector<BatchPtr> batches_;
};

// `batch` cut into pieces of the given sizes; what is left over comes last.
inline std::vector<BatchPtr> Cut(const BatchPtr& batch, const std::vector<int64_t>& sizes) {
  std::vector<BatchPtr> pieces;
  int64_t first = 0;
  for (const int64_t size : sizes) {
    pieces.push_back(batch->Slice(first, size));
    first += pieces.back()->num_rows();
  }
  if (first < batch->num_rows()) pieces.push_back(batch->Slice(first));
  return pieces;
}

inline std::vector<BatchPtr> CutEvery(const BatchPtr& batch, int64_t size) {
  return Cut(batch, std::vector<int64_t>(static_cast<size_t>(batch->num_rows() / size), size));
}

// Numbers 0 ... rows - 1 as column "id", and a label "a", "b", "c" or null in growing rarity.
inline BatchPtr NumberedRows(int64_t rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder labels;
  for (int64_t row = 0; row < rows; ++row) {
    EXPECT_TRUE(ids.Append(row).ok());
    const bool null = row % 31 == 30;
    const char* label = row % 10 < 6 ? "a" : row % 10 < 9 ? "b" : "c";
    EXPECT_TRUE((null ? labels.AppendNull() : labels.Append(label)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("label", arrow::utf8())});
  return arrow::RecordBatch::Make(schema, rows,
                                  {ids.Finish().ValueOrDie(), labels.Finish().ValueOrDie()});
}

inline std::shared_ptr<BatchSource> SourceOf(std::vector<BatchPtr> batches, bool known = false) {
  const SchemaPtr schema = batches[0]->schema();
  return std::make_shared<BatchSource>(schema, std::move(batches), known);
}

// A test with an empty folder for its runs' scratch files.
class DatasetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "tideway-dataset-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  RunOptions Options(int workers = 2, int64_t memory_bytes = 512LL << 20) const {
    RunOptions options;
    options.workers = workers;
    options.memory_bytes = memory_bytes;
    options.scratch_parent = folder_;
    return options;
  }
  // Files in the scratch folder.
  int64_t Files() const {
    int64_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      files += entry.is_regular_file() && entry.path().filename().string().starts_with("rows");
    }
    return files;
  }

  std::string folder_;
};

// The rows of `plan`, or the error.
inline Result<std::shared_ptr<arrow::Table>> TryCollect(const Node& plan, RunContext& run) {
  HeadSink sink(INT64_MAX, std::make_shared<MemoryBudget>(INT64_MAX));
  RETURN_NOT_OK(Execute(plan, sink, run));
  return sink.table()->CombineChunks();
}

inline std::shared_ptr<arrow::Table> Collect(const Node& plan, RunContext& run) {
  auto table = TryCollect(plan, run);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : nullptr;
}

// The values of an int64 column.
inline std::vector<int64_t> Numbers(const arrow::Table& table, const std::string& column = "id") {
  std::vector<int64_t> numbers;
  for (const auto& chunk : table.GetColumnByName(column)->chunks()) {
    const auto& values = static_cast<const arrow::Int64Array&>(*chunk);
    for (int64_t row = 0; row < values.length(); ++row) numbers.push_back(values.Value(row));
  }
  return numbers;
}

// The error of a plan that must fail.
inline Status Failure(const Node& plan, RunContext& run) { return TryCollect(plan, run).status(); }

}  // namespace tideway::dataset::testing
