#include "core/base/error.h"

#include <arrow/util/io_util.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tideway {
namespace {

constexpr const char* kDetailTypeId = "tideway::ErrorDetail";

arrow::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
    case ErrorKind::kData:
      return arrow::StatusCode::Invalid;
    case ErrorKind::kScript:
      return arrow::StatusCode::ExecutionError;
    case ErrorKind::kNotFound:
      return arrow::StatusCode::KeyError;
    case ErrorKind::kMemory:
      return arrow::StatusCode::OutOfMemory;
    case ErrorKind::kConflict:
      return arrow::StatusCode::AlreadyExists;
    case ErrorKind::kInterrupted:
      return arrow::StatusCode::Cancelled;
    case ErrorKind::kAuth:
    case ErrorKind::kDatabase:
    case ErrorKind::kNetwork:
    case ErrorKind::kIo:
    case ErrorKind::kDiskFull:
    case ErrorKind::kTimeout:
      return arrow::StatusCode::IOError;
    case ErrorKind::kInternal:
      break;
  }
  return arrow::StatusCode::UnknownError;
}

ErrorKind KindOfErrno(int errno_value) {
  if (errno_value == ENOSPC || errno_value == EDQUOT) return ErrorKind::kDiskFull;
  if (errno_value == ENOENT) return ErrorKind::kNotFound;
  return ErrorKind::kIo;
}

ErrorKind KindOfArrowStatus(const Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::SerializationError:
    case arrow::StatusCode::NotImplemented:
      return ErrorKind::kData;
    case arrow::StatusCode::KeyError:
      return ErrorKind::kNotFound;
    case arrow::StatusCode::IOError:
      return KindOfErrno(arrow::internal::ErrnoFromStatus(status));
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorKind::kMemory;
    case arrow::StatusCode::Cancelled:
      return ErrorKind::kInterrupted;
    case arrow::StatusCode::AlreadyExists:
      return ErrorKind::kConflict;
    default:
      return ErrorKind::kInternal;
  }
}

// Optimal string alignment: Levenshtein's distance in which a swap of neighbours counts once.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view ErrorKindName(ErrorKind kind) {
  static constexpr std::string_view kNames[] = {
      "internal", "usage", "script",    "data",   "not_found", "auth",    "database",
      "network",  "io",    "disk_full", "memory", "conflict",  "timeout", "interrupted"};
  return kNames[static_cast<size_t>(kind)];
}

const char* ErrorDetail::type_id() const { return kDetailTypeId; }

std::string ErrorDetail::ToString() const {
  std::string text(ErrorKindName(kind));
  if (!hint.empty()) text += "; hint: " + hint;
  return text;
}

Error::Error(ErrorKind kind, std::string message)
    : message_(std::move(message)), detail_(std::make_shared<ErrorDetail>()) {
  detail_->kind = kind;
}

Error& Error::Hint(std::string hint) {
  detail_->hint = std::move(hint);
  return *this;
}

Error& Error::Retryable(bool retryable) {
  detail_->retryable = retryable;
  return *this;
}

Error& Error::RetryAfter(double seconds) {
  detail_->retry_after_s = seconds;
  return *this;
}

Error& Error::Cause(Status cause) {
  detail_->cause = std::move(cause);
  return *this;
}

Error& Error::Where(std::string where) {
  detail_->where = std::move(where);
  return *this;
}

Error& Error::Traceback(std::string traceback) {
  detail_->traceback = std::move(traceback);
  return *this;
}

Error::operator Status() const {
  // A copy, so that the builder may go on to change its own.
  return Status(CodeOf(detail_->kind), message_, std::make_shared<ErrorDetail>(*detail_));
}

const ErrorDetail* GetErrorDetail(const Status& status) {
  const auto& detail = status.detail();
  if (detail == nullptr || std::string_view(detail->type_id()) != kDetailTypeId) return nullptr;
  return static_cast<const ErrorDetail*>(detail.get());
}

ErrorKind KindOf(const Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr ? detail->kind : KindOfArrowStatus(status);
}

bool IsRetryable(const Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr && detail->retryable;
}

Status WithContext(std::string_view context, const Status& status) {
  if (status.ok()) return status;
  return status.WithMessage(context, ": ", status.message());
}

Error ErrnoError(int errno_value, std::string_view what, std::string_view path) {
  std::string why = std::generic_category().message(errno_value);
  why[0] = static_cast<char>(std::tolower(why[0]));
  std::string message(what);
  message += ": " + why + ": ";
  message += path;
  Error error(KindOfErrno(errno_value), std::move(message));
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return error.Hint("free some space, or choose another disk");
    case EACCES:
    case EPERM:
    case EROFS:
      return error.Hint("check its owner and permissions, or choose another place");
    default:
      return error;
  }
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  const std::string* best = nullptr;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : "; did you mean `" + *best + "`?";
}

}  // namespace tideway
