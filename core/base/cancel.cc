#include "core/base/cancel.h"

namespace tideway {

Status CancelToken::Check() const {
  if (!cancelled()) return Status::OK();
  return Error(ErrorKind::kInterrupted, "interrupted");
}

}  // namespace tideway
