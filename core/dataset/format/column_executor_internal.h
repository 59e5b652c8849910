// Lets Arrow's Parquet writer encode the columns of a batch side by side, on the workers of the
// execution that it is called from, and beside them the pages of the batch before be compressed.
//
//   ColumnExecutor columns(schema->num_fields(), pages);
//   arrow_properties.set_use_threads(true)->set_executor(&columns);
//
// The writer submits one task for each column of a batch and then waits for all. They are kept
// until the last has come, and run within its submission (parallel.h): the thread that would wait
// helps, and no other thread is needed. Threads: one batch at a time. Must outlive the writer.
#pragma once

#include <arrow/util/functional.h>
#include <arrow/util/thread_pool.h>

#include <cstddef>
#include <vector>

#include "core/dataset/format/deferred_pages_internal.h"

namespace tideway::dataset {

class ColumnExecutor : public arrow::internal::Executor {
 public:
  ColumnExecutor(int columns, PageQueue& pages)
      : columns_(static_cast<size_t>(columns)), pages_(pages) {}
  int GetCapacity() override { return static_cast<int>(columns_); }

 protected:
  using Task = arrow::internal::FnOnce<void()>;
  arrow::Status SpawnReal(arrow::internal::TaskHints hints, Task task, arrow::StopToken stop,
                          StopCallback&& stopped) override;

 private:
  const size_t columns_;
  PageQueue& pages_;
  std::vector<Task> tasks_;
};

}  // namespace tideway::dataset
