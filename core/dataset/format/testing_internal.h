// What the format tests share: batches from JSON text, a folder per test, broken bytes, the judge
// in Python. Test code only.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <arrow/pretty_print.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/dataset/execute.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset::testing {

#define ASSERT_STATUS(expression)                    \
  do {                                               \
    const ::arrow::Status _status = (expression);    \
    ASSERT_TRUE(_status.ok()) << _status.ToString(); \
  } while (false)

// The value of a Result that must be OK.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().ToString();
    std::abort();
  }
  return std::move(result).ValueOrDie();
}

// Columns as JSON arrays, one per field.
inline BatchPtr MakeBatch(const SchemaPtr& schema, const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    arrays.push_back(Must(
        arrow::json::ArrayFromJSONString(schema->field(static_cast<int>(i))->type(), columns[i])));
  }
  return arrow::RecordBatch::Make(schema, arrays.empty() ? 0 : arrays[0]->length(), arrays);
}

// A test with an empty folder of its own.
class FormatTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "tideway-format-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Put(const std::string& name, std::string_view bytes) const {
    const std::string path = Path(name);
    FILE* file = std::fopen(path.c_str(), "wb");
    EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
    return path;
  }
  std::vector<std::string> Names() const { return NamesIn(""); }
  // The names in a folder, sorted.
  std::vector<std::string> NamesIn(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(Path(name))) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string folder_;
};

// `text` with a few bytes changed, left out or doubled.
inline std::string Damage(std::string text, std::mt19937_64& random) {
  for (uint64_t times = 1 + random() % 4; times > 0 && !text.empty(); --times) {
    const size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 3);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 8));
        break;
      default:
        text[at] = "\",{}[]\n\r\\:0"[random() % 11];
    }
  }
  return text;
}

// Collects what reaches it.
class TableSink : public Sink {
 public:
  std::string_view name() const override { return "table"; }
  Status Open(const SchemaPtr& schema) override {
    schema_ = schema;
    return Status::OK();
  }
  Result<bool> Consume(const BatchPtr& batch) override {
    batches_.push_back(batch);
    return true;
  }
  Status Finish() override {
    ARROW_ASSIGN_OR_RAISE(table, arrow::Table::FromRecordBatches(schema_, batches_));
    ARROW_ASSIGN_OR_RAISE(table, table->CombineChunks());
    return Status::OK();
  }
  std::shared_ptr<arrow::Table> table;

 private:
  SchemaPtr schema_;
  std::vector<BatchPtr> batches_;
};

class SourceTest : public FormatTest {
 protected:
  using TablePtr = std::shared_ptr<arrow::Table>;
  static Result<TablePtr> Read(const NodePtr& node, RunContext& run) {
    TableSink sink;
    RETURN_NOT_OK(Execute(*node, sink, run));
    RETURN_NOT_OK(sink.table->ValidateFull());
    return sink.table;
  }
  static Result<TablePtr> Read(const NodePtr& node) {
    RunContext run({.workers = 2});
    return Read(node, run);
  }
  // Column `index` as compact JSON: [1,null,"x"].
  static std::string Json(const TablePtr& table, int index = 0) {
    if (table->num_rows() == 0) return "[]";
    arrow::PrettyPrintOptions options(0, 1'000'000);
    options.skip_new_lines = true;
    std::ostringstream out;
    EXPECT_TRUE(arrow::PrettyPrint(*table->column(index)->chunk(0), options, &out).ok());
    return out.str();
  }
};

// Runs a Python judge of tests/support; returns what it printed, with "exit <n>" in front unless it
// was content.
inline std::string Judge(const std::string& script, const std::string& arguments) {
  const std::string root = TIDEWAY_SOURCE_DIR;
  const std::string command = "HF_HUB_OFFLINE=1 " + root + "/.deps/python/bin/python " + root +
                              "/tests/support/" + script + " " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot start " + command;
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  const int status = WEXITSTATUS(pclose(pipe));
  return status == 0 ? output : "exit " + std::to_string(status) + ": " + output;
}

}  // namespace tideway::dataset::testing
