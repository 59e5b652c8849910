#include "core/sql/postgres/copy_rows.h"

#include <cstdint>

#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0", 11};

Status BadStream() {
  return Error(ErrorKind::kDatabase, "sql: the server sent a malformed COPY stream")
      .Hint("is there a proxy between here and the server that changes what it sends?");
}

}  // namespace

// Signature, flags, and an extension of a given length, which is skipped.
Status CopyRows::TakeHeader() {
  WireReader reader(rest_);
  std::string_view signature, extension;
  int32_t flags = 0, length = 0;
  if (!reader.Take(kSignature.size(), &signature) || signature != kSignature) return BadStream();
  if (!reader.Take(&flags) || !reader.Take(&length) || length < 0) return BadStream();
  if (!reader.Take(static_cast<size_t>(length), &extension)) return BadStream();
  rest_ = reader.rest();
  started_ = true;
  return Status::OK();
}

Result<bool> CopyRows::Next(std::vector<Field>* fields) {
  if (rest_.empty()) return false;
  if (!started_) RETURN_NOT_OK(TakeHeader());
  if (rest_.empty()) return false;
  WireReader reader(rest_);
  int16_t count = 0;
  if (ended_ || !reader.Take(&count)) return BadStream();
  fields->clear();
  if (count == -1) {
    ended_ = true;
    rest_ = reader.rest();
    return rest_.empty() ? Result<bool>(false) : BadStream();
  }
  if (count < 0 || static_cast<size_t>(count) != columns_) return BadStream();
  for (int16_t i = 0; i < count; ++i) {
    int32_t length = 0;
    if (!reader.Take(&length) || length < -1) return BadStream();
    Field& field = fields->emplace_back();
    if (length >= 0 && !reader.Take(static_cast<size_t>(length), &field)) return BadStream();
  }
  rest_ = reader.rest();
  return true;
}

}  // namespace tideway::sql::postgres
