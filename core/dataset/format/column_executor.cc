#include <utility>

#include "core/dataset/format/column_executor_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

arrow::Status ColumnExecutor::SpawnReal(arrow::internal::TaskHints /*hints*/, Task task,
                                        arrow::StopToken /*stop*/, StopCallback&& /*stopped*/) {
  tasks_.push_back(std::move(task));
  if (tasks_.size() < columns_) return arrow::Status::OK();
  std::vector<Task> tasks = std::exchange(tasks_, {});
  ParallelFor(tasks.size(), [&](size_t i) { std::move(tasks[i])(); });
  return arrow::Status::OK();
}

}  // namespace tideway::dataset
