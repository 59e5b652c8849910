#include "core/dataset/format/file_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// What a sink may hold at most, with its share of batches in flight: measured, Parquet of text that
// does not compress.
constexpr int64_t kSinkBytes = 170'000'000;

}  // namespace

std::string ShardName(std::string_view stem, size_t index, size_t count, std::string_view ending) {
  return fmt::format("{}-{:05}-of-{:05}{}", stem, index, count, ending);
}

Status ExecuteWriters(const std::vector<Execution>& executions, RunContext& run) {
  const auto at_once =
      static_cast<size_t>(std::max<int64_t>(run.options().memory_bytes / kSinkBytes, 1));
  for (size_t first = 0; first < executions.size(); first += at_once) {
    const size_t end = std::min(first + at_once, executions.size());
    RETURN_NOT_OK(ExecuteAll({executions.begin() + static_cast<std::ptrdiff_t>(first),
                              executions.begin() + static_cast<std::ptrdiff_t>(end)},
                             run));
  }
  return Status::OK();
}

}  // namespace tideway::dataset
