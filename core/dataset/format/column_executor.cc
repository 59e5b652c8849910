#include <utility>

#include "core/dataset/format/column_executor_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

arrow::Status ColumnExecutor::SpawnReal(arrow::internal::TaskHints /*hints*/, Task task,
                                        arrow::StopToken /*stop*/, StopCallback&& /*stopped*/) {
  tasks_.push_back(std::move(task));
  if (tasks_.size() < columns_) return arrow::Status::OK();
  std::vector<Task> tasks = std::exchange(tasks_, {});
  const std::vector<DeferredPage*> pages = pages_.Take();
  ParallelFor(tasks.size() + pages.size(), [&](size_t i) {
    if (i < tasks.size()) {
      std::move(tasks[i])();
    } else {
      pages_.Compress(pages[i - tasks.size()]);
    }
  });
  return arrow::Status::OK();
}

}  // namespace tideway::dataset
