// How fast a query streams: rows of (id, 260 bytes of text, label), read through the plan as a run
// reads them, hashing included. Prints the best and the median of five reads.
//
//   ninja -C build/release sql_read_bench
//   build/release/bin/sql_read_bench postgresql://... 1000000
//   build/release/bin/sql_read_bench sqlite:/tmp/bench.db 1000000      # made when missing
//
// PostgreSQL needs the right to create the table tideway_bench; it is dropped afterwards.
#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/dataset/run_context.h"
#include "core/sql/sql.h"

namespace tideway {
namespace {

constexpr int kRuns = 5;

struct Reading {
  double wall_s;
  double cpu_s;  // of this process: the server's is not in it
};

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Status Fill(sql::Database& database, int64_t rows) {
  const CancelToken cancel;
  RETURN_NOT_OK(
      database
          .Execute("CREATE TABLE tideway_bench (id BIGINT, message TEXT, label TEXT)", {}, cancel)
          .status());
  return database
      .Execute(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) "
          "INSERT INTO tideway_bench SELECT i, i || $2, 'label ' || (i % 4) FROM n",
          {rows, " " + std::string(253, 'x')}, cancel)
      .status();
}

Result<sql::DatabasePtr> Prepare(const std::string& uri, int64_t rows) {
  const CancelToken cancel;
  sql::OpenOptions options;
  options.read_only = false;
  const bool is_file = uri.starts_with("sqlite:");
  if (is_file && FileExists(uri.substr(7))) return sql::Open(uri, options, cancel);
  if (is_file) {
    ARROW_ASSIGN_OR_RAISE(auto made, sql::Create(uri, options, cancel));
    RETURN_NOT_OK(Fill(*made, rows));
    RETURN_NOT_OK(made->Close());
    return sql::Open(uri, options, cancel);
  }
  ARROW_ASSIGN_OR_RAISE(auto database, sql::Open(uri, options, cancel));
  RETURN_NOT_OK(database->Execute("DROP TABLE IF EXISTS tideway_bench", {}, cancel).status());
  RETURN_NOT_OK(Fill(*database, rows));
  return database;
}

Result<Reading> ReadOnce(const sql::DatabasePtr& database, int64_t rows) {
  const auto plan = sql::Query(database, {.sql = "SELECT id, message, label FROM tideway_bench"});
  dataset::RunContext run({});
  dataset::Worker worker(0);
  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  ARROW_ASSIGN_OR_RAISE(auto stream, plan->Open(run));
  int64_t seen = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto morsel, stream->Next());
    if (!morsel) break;
    ARROW_ASSIGN_OR_RAISE(auto batch, morsel(worker));
    seen += batch->num_rows();
  }
  if (seen != rows) return Error(ErrorKind::kData, fmt::format("bench: {} rows", seen));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return Reading{wall.count(), CpuSeconds() - cpu};
}

Status Main(const std::string& uri, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto database, Prepare(uri, rows));
  std::vector<Reading> readings;
  for (int i = 0; i < kRuns; ++i) {
    ARROW_ASSIGN_OR_RAISE(Reading reading, ReadOnce(database, rows));
    readings.push_back(reading);
  }
  std::sort(readings.begin(), readings.end(),
            [](const Reading& a, const Reading& b) { return a.wall_s < b.wall_s; });
  const auto per_second = [&](double seconds) { return static_cast<double>(rows) / seconds / 1e6; };
  const Reading& median = readings[kRuns / 2];
  fmt::print("{}: {} rows: best {:.2f} M rows/s, median {:.2f} M rows/s, {:.2f} s of CPU\n",
             database->uri(), rows, per_second(readings[0].wall_s), per_second(median.wall_s),
             median.cpu_s);
  if (uri.starts_with("sqlite:")) return Status::OK();
  return database->Execute("DROP TABLE tideway_bench", {}, CancelToken()).status();
}

}  // namespace
}  // namespace tideway

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: sql_read_bench URI ROWS\n");
    return 2;
  }
  const auto status = tideway::Main(argv[1], std::atoll(argv[2]));
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
