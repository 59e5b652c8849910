// A step of one thread of an execution that idle workers help with.
#pragma once

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>

namespace tideway::dataset {

// Calls `work` with 0 ... count - 1, several at once, and waits for all. Meanwhile this thread does
// nothing else, so it may hold what a task of the execution that it belongs to would wait for.
template <typename Work>
void ParallelFor(size_t count, const Work& work) {
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(size_t{0}, count, work); });
}

}  // namespace tideway::dataset
