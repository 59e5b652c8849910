// The one error vocabulary: arrow::Status and arrow::Result, with Tideway's detail attached.
//
//   return Error(ErrorKind::kDatabase, "sql: connection refused: db.example:5432")
//       .Hint("is the server running, and is the host name right?")
//       .Retryable()
//       .Cause(status);
//
// An Error converts to arrow::Status (and so to any arrow::Result<T>). A Status without our detail,
// one that came out of Arrow itself, has the kind that its code maps to. In Lua the same facts are
// the fields of the error object (kind, message, hint, retryable, cause).
//
// Message style: lower case, no full stop, `module: what failed: value`. The hint is the remedy, in
// one sentence. Thread safety: values; no shared state.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tideway {

using arrow::Result;
using arrow::Status;

// What went wrong, as a caller or an exit code needs to know it. The Lua name is the lower-case
// word.
enum class ErrorKind {
  kInternal,     // "internal": a defect of Tideway
  kUsage,        // "usage": wrong arguments, options, parameters, or script structure
  kScript,       // "script": a syntax or run-time error in the user's Lua
  kData,         // "data": the rows or files are not what the plan needs
  kNotFound,     // "not_found": a file, table, column or repository that is not there
  kAuth,         // "auth": credentials missing, wrong, or not allowed
  kDatabase,     // "database": the database refused or failed
  kNetwork,      // "network": the other side could not be reached or broke off
  kIo,           // "io": reading or writing files failed
  kDiskFull,     // "disk_full": no space left
  kMemory,       // "memory": the memory promise cannot be kept for this input
  kConflict,     // "conflict": somebody else changed or owns it
  kTimeout,      // "timeout": a deadline passed
  kInterrupted,  // "interrupted": the user or the system asked to stop
};

// Returns the Lua name of `kind`, such as "not_found".
std::string_view ErrorKindName(ErrorKind kind);

// What our errors carry beside the message. Attached to a Status as its detail.
class ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorKind kind = ErrorKind::kInternal;
  std::string hint;          // the remedy, one sentence; empty when there is none
  bool retryable = false;    // the same call may succeed later
  double retry_after_s = 0;  // 0: the policy decides
  std::string where;         // "script.lua:12", set at the Lua boundary
  std::string traceback;     // shown with -v only
  Status cause;              // OK when there is none

  const char* type_id() const override;
  std::string ToString() const override;
};

// Builds a Status with an ErrorDetail.
class Error {
 public:
  Error(ErrorKind kind, std::string message);

  Error& Hint(std::string hint);
  Error& Retryable(bool retryable = true);
  Error& RetryAfter(double seconds);
  Error& Cause(Status cause);
  Error& Where(std::string where);
  Error& Traceback(std::string traceback);

  operator Status() const;  // NOLINT: implicit on purpose
  template <typename T>
  operator Result<T>() const {  // NOLINT: implicit on purpose
    return Status(*this);
  }

 private:
  std::string message_;
  std::shared_ptr<ErrorDetail> detail_;
};

// The detail of `status`, or null when it has none of ours.
const ErrorDetail* GetErrorDetail(const Status& status);

// The kind of a failed `status`: of its detail, else mapped from the Arrow code.
ErrorKind KindOf(const Status& status);

// Whether the same call may succeed later.
bool IsRetryable(const Status& status);

// Returns `status` with `context` and ": " in front of its message; detail and code are kept. OK
// stays OK.
Status WithContext(std::string_view context, const Status& status);

// The error for a failed system call: `errno_value` decides the kind (ENOSPC and EDQUOT: disk_full;
// ENOENT: not_found; else io), the message is "<what>: <strerror>: <path>".
Error ErrnoError(int errno_value, std::string_view what, std::string_view path);

// "; did you mean `x`?" when a candidate is close to `word` (edit distance at most a third of its
// length, at least 1, transpositions counted once), else "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tideway
