#include "core/store/copy_run.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/work_all.h"

namespace tideway::store {
namespace {

// So many failures in a row, and the network or the server is gone.
constexpr size_t kUnreachable = 64;

bool ConcernsAll(ErrorKind kind) {
  return kind == ErrorKind::kInterrupted || kind == ErrorKind::kDiskFull ||
         kind == ErrorKind::kAuth || kind == ErrorKind::kMemory || kind == ErrorKind::kInternal;
}

}  // namespace

Status Copied::status() const {
  if (failed == 0) return Status::OK();
  const auto& [key, error] = failures.front();
  if (failed == 1) return WithContext("store: " + key, error);
  return WithContext(fmt::format("store: {} of {} objects failed, the first of them {}", failed,
                                 failed + objects + skipped, key),
                     error);
}

CopyRun::CopyRun(const FolderCopyOptions& options, const CancelToken& cancel)
    : options_(options), cancel_(cancel), stop_(&cancel) {}

Result<std::optional<CopyItem>> CopyRun::Take(const Next& next) {
  std::lock_guard lock(taking_);
  if (ended_ || stop_.cancelled()) return std::nullopt;
  auto item = next();
  ended_ = !item.ok() || !item->has_value();
  return item;
}

Status CopyRun::Run(const Next& next, const Copy& copy) {
  const size_t workers = options_.concurrency;
  const Status listed = WorkAll(workers, workers, stop_, [&](size_t) -> Status {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto item, Take(next));
      if (!item) return Status::OK();
      copy(*item);
    }
  });
  RETURN_NOT_OK(cancel_.Check());
  RETURN_NOT_OK(fatal_);
  return listed;
}

void CopyRun::Done(const CopyItem& item) {
  {
    std::lock_guard lock(mutex_);
    ++copied_.objects;
    copied_.bytes += item.object.size;
    unreachable_ = 0;
  }
  Tell(item, true);
}

void CopyRun::Skipped(const CopyItem& item) {
  {
    std::lock_guard lock(mutex_);
    ++copied_.skipped;
  }
  Tell(item, false);
}

void CopyRun::Tell(const CopyItem& item, bool copied) const {
  if (options_.each) options_.each({item.object.key, item.path, item.object.size, copied});
}

void CopyRun::Failed(const CopyItem& item, const Status& error) {
  std::lock_guard lock(mutex_);
  const ErrorKind kind = KindOf(error);
  const bool unreachable = kind == ErrorKind::kNetwork || kind == ErrorKind::kTimeout;
  if (unreachable) ++unreachable_;
  if (ConcernsAll(kind) || unreachable_ >= kUnreachable) {
    if (fatal_.ok()) fatal_ = error;
    stop_.Cancel();
  }
  ++copied_.failed;
  if (copied_.failures.size() < Copied::kMostFailures) {
    copied_.failures.push_back({item.object.key, error});
  }
}

}  // namespace tideway::store
