#include "core/dataset/row_error.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace tideway::dataset {
namespace {

class RowErrorDetail : public ErrorDetail {
 public:
  RowErrorDetail(const ErrorDetail& detail, int64_t row_in_batch)
      : ErrorDetail(detail), row(row_in_batch) {}

  int64_t row;
  int64_t batch = -1;
  std::shared_ptr<const RowOffsets> offsets;
};

const RowErrorDetail* GetRowDetail(const Status& status) {
  return dynamic_cast<const RowErrorDetail*>(status.detail().get());
}

}  // namespace

std::string_view CutText(std::string_view text, size_t bytes) {
  constexpr size_t kLongestTail = 3;  // of a character
  if (text.size() <= bytes) return text;
  for (size_t tail = 0; tail <= std::min(kLongestTail, bytes); ++tail) {
    const bool continues = (text[bytes - tail] & 0xC0) == 0x80;
    if (!continues) return text.substr(0, bytes - tail);
  }
  return text.substr(0, bytes);  // no UTF-8
}

Status AtRow(int64_t row, const Status& status) {
  if (status.ok() || GetRowDetail(status) != nullptr) return status;
  ErrorDetail plain;
  if (const ErrorDetail* detail = GetErrorDetail(status)) {
    plain = *detail;
  } else {
    plain.kind = KindOf(status);
  }
  return status.WithDetail(std::make_shared<RowErrorDetail>(plain, row));
}

void RowOffsets::Set(int64_t batch, int64_t rows) {
  std::lock_guard lock(mutex_);
  if (static_cast<size_t>(batch) >= rows_.size()) rows_.resize(static_cast<size_t>(batch) + 1, 0);
  rows_[static_cast<size_t>(batch)] = rows;
}

int64_t RowOffsets::Before(int64_t batch) const {
  std::lock_guard lock(mutex_);
  const auto end = std::min(static_cast<size_t>(batch), rows_.size());
  return std::accumulate(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(end), int64_t{0});
}

Status LocateBatch(const Status& status, std::shared_ptr<const RowOffsets> offsets, int64_t batch) {
  const RowErrorDetail* detail = GetRowDetail(status);
  if (detail == nullptr || detail->offsets != nullptr) return status;
  auto located = std::make_shared<RowErrorDetail>(*detail);
  located->offsets = std::move(offsets);
  located->batch = batch;
  return status.WithDetail(std::move(located));
}

Status ResolveRow(const Status& status) {
  const RowErrorDetail* detail = GetRowDetail(status);
  if (detail == nullptr) return status;
  const int64_t before = detail->offsets == nullptr ? 0 : detail->offsets->Before(detail->batch);
  const std::string position = std::to_string(before + detail->row + 1);
  return Status(status.code(), status.message() + " (row " + position + ")",
                std::make_shared<ErrorDetail>(*detail));
}

}  // namespace tideway::dataset
