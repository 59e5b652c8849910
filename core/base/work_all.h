// Blocking work on several threads at once, such as waiting for a network or a disk. What keeps a
// core busy belongs to the pool of workers (dataset/parallel.h).
#pragma once

#include <cstddef>
#include <functional>

#include "core/base/cancel.h"
#include "core/base/error.h"

namespace tideway {

// Calls `work` with each number below `count`, on up to `at_once` threads. The first error ends it
// once what has begun is done: `stop` is set for it to see. Where others set `stop`, and so numbers
// are left out, that is an error of kind interrupted.
Status WorkAll(size_t count, size_t at_once, CancelToken& stop,
               const std::function<Status(size_t)>& work);

}  // namespace tideway
