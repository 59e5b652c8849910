// What sample and split cost beside reading: ns per row and peak anonymous memory.
//
//   dataset_barriers_bench FILE.parquet make ROWS       writes messages of about 260 bytes
//   dataset_barriers_bench FILE.parquet read|sample|sample_key|sample_per|sample_weights|split|
//   split_label|split_hash|split_group|split_group_label|write|parts [WORKERS]
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/sample.h"
#include "core/dataset/op/split.h"
#include "core/dataset/sinks.h"

namespace {

using namespace tideway;           // NOLINT: a program
using namespace tideway::dataset;  // NOLINT

constexpr int64_t kBatchRows = 16 * 1024;
constexpr const char* kWords[] = {"water", "road", "school", "the",
                                  "of",    "lamp", "since",  "monday",
                                  "and",   "ward", "नेपाल",   "https://example.np/a?b=1"};

class Messages : public Node {
 public:
  explicit Messages(int64_t rows) : rows_(rows) {}
  std::string_view op() const override { return "messages"; }
  std::string Describe() const override { return std::to_string(rows_); }
  Result<std::string> Identity(RunContext&) const override { return Describe(); }
  Result<SchemaPtr> schema(RunContext&) const override { return schema_; }
  Result<std::unique_ptr<Stream>> Open(RunContext&) const override {
    return std::make_unique<MessageStream>(schema_, rows_);
  }

 private:
  class MessageStream : public Stream {
   public:
    MessageStream(SchemaPtr schema, int64_t rows) : schema_(std::move(schema)), rows_(rows) {}
    const SchemaPtr& schema() const override { return schema_; }
    Result<Morsel> Next() override {
      if (next_ >= rows_) return Morsel();
      const int64_t first = next_;
      next_ += kBatchRows;
      return Morsel(
          [this, first](Worker&) { return Make(first, std::min(next_end(first), rows_)); });
    }

   private:
    static int64_t next_end(int64_t first) { return first + kBatchRows; }
    Result<BatchPtr> Make(int64_t first, int64_t end) const {
      arrow::Int64Builder ids, labels;
      arrow::StringBuilder texts;
      for (int64_t row = first; row < end; ++row) {
        std::string text;
        for (uint64_t k = 0; text.size() < 250; ++k) {
          text += kWords[Mix64(static_cast<uint64_t>(row) * 64 + k, 1) % std::size(kWords)];
          text += ' ';
        }
        RETURN_NOT_OK(ids.Append(row));
        RETURN_NOT_OK(texts.Append(text));
        RETURN_NOT_OK(
            labels.Append(static_cast<int64_t>(Mix64(static_cast<uint64_t>(row), 2) % 4)));
      }
      arrow::ArrayVector columns(3);
      RETURN_NOT_OK(ids.Finish(&columns[0]));
      RETURN_NOT_OK(texts.Finish(&columns[1]));
      RETURN_NOT_OK(labels.Finish(&columns[2]));
      return arrow::RecordBatch::Make(schema_, end - first, std::move(columns));
    }
    const SchemaPtr schema_;
    const int64_t rows_;
    int64_t next_ = 0;
  };

  const int64_t rows_;
  const SchemaPtr schema_ =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                     arrow::field("label", arrow::int64())});
};

// Looks at this process's anonymous memory every few milliseconds.
class Watch {
 public:
  Watch() : thread_([this] { Run(); }) {}
  int64_t Stop() {
    stop_ = true;
    thread_.join();
    return peak_kib_;
  }

 private:
  void Run() {
    while (!stop_) {
      std::ifstream status("/proc/self/status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) {
          peak_kib_ = std::max(peak_kib_, static_cast<int64_t>(std::stoll(line.substr(8))));
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::atomic<bool> stop_ = false;
  int64_t peak_kib_ = 0;
  std::thread thread_;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<NodePtr> Plan(const std::string& what, const NodePtr& source, int64_t rows) {
  if (what == "sample") return MakeSample(source, {.n = rows / 2, .seed = 42});
  if (what == "sample_key") return MakeSample(source, {.n = rows / 2, .seed = 42, .key = {"id"}});
  if (what == "sample_per") return MakeSample(source, {.n = rows / 8, .per = {"label"}});
  if (what == "sample_weights") return MakeSample(source, {.n = rows / 2, .weights = "label"});
  return source;
}

SplitOptions SplitRule(const std::string& what) {
  SplitOptions options{.parts = {{"train", "0.8"}, {"eval", "0.1"}, {"test", "0.1"}}, .seed = 42};
  if (what.ends_with("_label")) options.stratify = {"label"};
  if (what == "split_hash") options.key = {"id"};
  if (what.starts_with("split_group")) options.group = {"id"};  // the most groups there can be
  return options;
}

Status WriteParts(const NodePtr& source, const std::string& path, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, MakeSplit(source, SplitRule("split_label")));
  std::vector<WritePart> named;
  for (const auto& [name, plan] : parts) named.push_back({name, plan});
  return WriteFiles(named, {.path = path}, *MakeParquetFormat(), run).status();
}

Status RunParts(const NodePtr& source, const SplitOptions& options, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, MakeSplit(source, options));
  std::vector<DiscardSink> sinks(parts.size());
  std::vector<Execution> executions;
  for (size_t i = 0; i < parts.size(); ++i) executions.push_back({parts[i].second, &sinks[i]});
  return ExecuteAll(executions, run);
}

Status Measure(const std::string& path, const std::string& what, int workers) {
  RunOptions options;
  options.workers = workers;
  options.scratch_parent = path + ".scratch";
  RunContext run(options);
  const NodePtr source = ReadParquet({path});
  ARROW_ASSIGN_OR_RAISE(const auto known, PlanRows(*source, run));
  const int64_t rows = *known;
  Watch watch;
  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  Status status;
  if (what.starts_with("split")) {
    status = RunParts(source, SplitRule(what), run);
  } else if (what == "parts") {
    status = WriteParts(source, path + ".parts", run);
  } else if (what == "write") {
    status =
        WriteFiles({{"train", source}}, {.path = path + ".copy.parquet"}, *MakeParquetFormat(), run)
            .status();
  } else {
    ARROW_ASSIGN_OR_RAISE(const NodePtr plan, Plan(what, source, rows));
    DiscardSink sink;
    status = Execute(*plan, sink, run);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  fmt::print(
      "{:17} {} workers {:7.2f} s {:7.2f} cpu s {:6.0f} ns/row {:6.0f} cpu ns/row {:5} MiB\n", what,
      run.workers(), wall.count(), CpuSeconds() - cpu,
      1e9 * wall.count() / static_cast<double>(rows),
      1e9 * (CpuSeconds() - cpu) / static_cast<double>(rows), watch.Stop() / 1024);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  ChooseArrowAllocator();
  if (argc < 3) return 2;
  const std::string path = argv[1], what = argv[2];
  Status status;
  if (what == "make") {
    RunContext run(RunOptions{});
    status = WriteFiles({{"train", std::make_shared<Messages>(std::stoll(argv[3]))}},
                        {.path = path}, *MakeParquetFormat(), run)
                 .status();
  } else {
    status = Measure(path, what, argc > 3 ? std::stoi(argv[3]) : 0);
  }
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
