// Seconds and processor seconds to read and write files of messages, one format after another.
//
//   ninja -C build/default formats_bench && build/default/bin/formats_bench <folder> [rows]
//
// Makes <folder>/messages.parquet, .csv and .jsonl once (ids, texts of some 260 bytes, labels) and
// prints one line per step as JSON; bench/formats.py runs the peers on the same files.
#include <arrow/api.h>
#include <arrow/csv/writer.h>
#include <arrow/io/file.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>

#include "core/base/file.h"
#include "core/dataset/dataset.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/run_context.h"
#include "core/dataset/sinks.h"

namespace {

using namespace tideway;           // NOLINT
using namespace tideway::dataset;  // NOLINT

const char* const kWords[] = {"water", "पाइप",   "street", "light",  "office", "वडा", "please",
                              "road",  "school", "night",  "repair", "health", "सडक", "three"};

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Measure(const std::string& step, const std::function<Status()>& work) {
  const auto start = std::chrono::steady_clock::now();
  const double cpu = ProcessorSeconds();
  const Status status = work();
  if (!status.ok()) {
    fmt::print(stderr, "{}\n", status.ToString());
    std::exit(1);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  fmt::print("{{\"step\": \"{}\", \"seconds\": {:.3f}, \"cpu_seconds\": {:.3f}}}\n", step,
             wall.count(), ProcessorSeconds() - cpu);
  std::fflush(stdout);
}

std::shared_ptr<arrow::Table> Messages(int64_t rows) {
  std::mt19937_64 random(42);
  arrow::Int64Builder ids;
  arrow::Int64Builder labels;
  arrow::StringBuilder texts;
  for (int64_t row = 0; row < rows; ++row) {
    std::string text;
    while (text.size() < 240 + random() % 40) {
      text += kWords[random() % std::size(kWords)];
      text += random() % 12 == 0 ? ", \"" + std::to_string(random() % 100000) + "\" " : " ";
    }
    ARROW_UNUSED(ids.Append(row));
    ARROW_UNUSED(texts.Append(text));
    ARROW_UNUSED(labels.Append(static_cast<int64_t>(random() % 4)));
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("message", arrow::utf8()),
                     arrow::field("label", arrow::int64())});
  return arrow::Table::Make(schema, {*ids.Finish(), *texts.Finish(), *labels.Finish()});
}

Status WriteCsv(const arrow::Table& table, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  return arrow::csv::WriteCSV(table, arrow::csv::WriteOptions::Defaults(), file.get());
}

Status WriteJsonl(const arrow::Table& table, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, AtomicFile::Create(path));
  arrow::TableBatchReader reader(table);
  for (BatchPtr batch; reader.ReadNext(&batch).ok() && batch != nullptr;) {
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(1));
    const auto& labels = static_cast<const arrow::Int64Array&>(*batch->column(2));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string text;
      for (const char c : texts.GetView(row)) text += c == '"' ? "\\\"" : std::string(1, c);
      RETURN_NOT_OK(file->Write(fmt::format("{{\"id\": {}, \"message\": \"{}\", \"label\": {}}}\n",
                                            ids.Value(row), text, labels.Value(row))));
    }
  }
  return file->Publish();
}

Status MakeInputs(const std::string& folder, int64_t rows, RunContext& run) {
  if (FileExists(folder + "/messages.jsonl")) return Status::OK();
  const auto table = Messages(rows);
  RETURN_NOT_OK(MakeFolders(folder));
  RETURN_NOT_OK(WriteFiles({{"train", FromTable(table)}}, {.path = folder + "/messages.parquet"},
                           *MakeParquetFormat(), run)
                    .status());
  RETURN_NOT_OK(WriteCsv(*table, folder + "/messages.csv"));
  return WriteJsonl(*table, folder + "/messages.jsonl");
}

Status Read(const NodePtr& plan, RunContext& run) {
  DiscardSink sink;
  return Execute(*plan, sink, run);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string folder = argv[1];
  RunContext run({.scratch_parent = folder + "/scratch"});
  const Status made = MakeInputs(folder, argc > 2 ? std::atoll(argv[2]) : 1'000'000, run);
  if (!made.ok()) {
    fmt::print(stderr, "{}\n", made.ToString());
    return 1;
  }
  const std::string stem = folder + "/messages";
  for (int round = 0; round < 3; ++round) {
    Measure("read parquet", [&] { return Read(ReadParquet({stem + ".parquet"}), run); });
    Measure("read csv", [&] { return Read(ReadCsv({stem + ".csv"}), run); });
    Measure("read jsonl", [&] { return Read(ReadJsonl({stem + ".jsonl"}), run); });
    const auto rows = Dataset(ReadParquet({stem + ".parquet"})).Head(INT64_MAX, run);
    Measure("write parquet", [&] {
      return WriteFiles({{"train", FromTable(*rows)}}, {.path = folder + "/out.parquet"},
                        *MakeParquetFormat(), run)
          .status();
    });
    Measure("parquet to parquet", [&] {
      return WriteFiles({{"train", ReadParquet({stem + ".parquet"})}},
                        {.path = folder + "/out.parquet"}, *MakeParquetFormat(), run)
          .status();
    });
  }
  return 0;
}
