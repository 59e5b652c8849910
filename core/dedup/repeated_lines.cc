#include "core/dedup/repeated_lines.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <bit>

#include "core/dataset/execute.h"

namespace tideway::dedup {
namespace {

constexpr uint64_t kLeading = ~uint64_t{0} << 32;

dataset::SchemaPtr FoundSchema() {
  return arrow::schema({arrow::field("hash", arrow::uint64(), false),
                        arrow::field("first", arrow::uint64(), false)});
}

std::shared_ptr<arrow::Array> ColumnOf(std::vector<uint64_t> values) {
  const auto length = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::UInt64Array>(length, arrow::Buffer::FromVector(std::move(values)));
}

struct Line {
  uint64_t hash;
  uint32_t text;
  auto operator<=>(const Line&) const = default;
};

}  // namespace

Result<std::unique_ptr<RepeatedLines>> RepeatedLines::Create(dataset::RunContext& run) {
  std::unique_ptr<RepeatedLines> lines(new RepeatedLines(run));
  ARROW_ASSIGN_OR_RAISE(lines->trailing_, BandRecords::Create(1, run));
  ARROW_ASSIGN_OR_RAISE(lines->middle_, BandRecords::Create(1, run));
  return lines;
}

Status RepeatedLines::Put(int64_t index, std::span<const uint32_t> rows,
                          std::span<const uint64_t> hashes) {
  RETURN_NOT_OK(trailing_->Put(index, rows, hashes));
  std::vector<uint64_t> middles;
  middles.reserve(hashes.size());
  for (const uint64_t hash : hashes) middles.push_back((hash & kLeading) | hash >> 32);
  return middle_->Put(index, rows, middles);
}

Status RepeatedLines::Find(const std::vector<uint32_t>& first_texts, int64_t most_texts) {
  trailing_->Seal(first_texts);
  middle_->Seal(first_texts);
  ARROW_ASSIGN_OR_RAISE(const auto found, dataset::BatchStore::Create(FoundSchema(), run_));
  RETURN_NOT_OK(dataset::ForEachNumber(
      trailing_->units(), [&](size_t unit) { return FindIn(unit, most_texts, *found); }, run_));
  found->Seal();
  trailing_.reset();
  middle_.reset();
  return Fill(*found);
}

Status RepeatedLines::FindIn(size_t unit, int64_t most_texts, dataset::BatchStore& found) const {
  ARROW_ASSIGN_OR_RAISE(const auto trailing, trailing_->Read(unit));
  ARROW_ASSIGN_OR_RAISE(const auto middle, middle_->Read(unit));
  std::vector<Line> lines;
  lines.reserve(trailing.size());
  for (size_t i = 0; i < trailing.size(); ++i) {
    lines.push_back({uint64_t{middle[i].tag} << 32 | trailing[i].tag, trailing[i].document});
  }
  std::ranges::sort(lines);
  std::vector<uint64_t> hashes;
  std::vector<uint64_t> firsts;
  for (size_t first = 0, end = 0; first < lines.size(); first = end) {
    while (end < lines.size() && lines[end].hash == lines[first].hash) ++end;
    if (static_cast<int64_t>(end - first) <= most_texts) continue;
    hashes.push_back(lines[first].hash);
    firsts.push_back(uint64_t{lines[first].text} + 1);
  }
  const auto rows = static_cast<int64_t>(hashes.size());
  return found.Put(
      static_cast<int64_t>(unit),
      arrow::RecordBatch::Make(FoundSchema(), rows,
                               {ColumnOf(std::move(hashes)), ColumnOf(std::move(firsts))}));
}

Status RepeatedLines::Fill(const dataset::BatchStore& found) {
  count_ = static_cast<size_t>(found.rows());
  ARROW_ASSIGN_OR_RAISE(slots_, ScratchArray<Slot>::Make(std::bit_ceil(2 * count_ + 1), run_));
  const size_t mask = slots_.size() - 1;
  for (int64_t i = 0; i < found.batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, found.Read(i));
    const auto& hashes = static_cast<const arrow::UInt64Array&>(*batch->column(0));
    const auto& firsts = static_cast<const arrow::UInt64Array&>(*batch->column(1));
    for (int64_t row = 0; row < hashes.length(); ++row) {
      size_t at = hashes.Value(row) & mask;
      while (slots_[at].first != 0) at = (at + 1) & mask;
      slots_[at] = {hashes.Value(row), firsts.Value(row)};
    }
  }
  return Status::OK();
}

std::optional<uint32_t> RepeatedLines::FirstTextOf(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at].first != 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash) return static_cast<uint32_t>(slots_[at].first - 1);
  }
  return std::nullopt;
}

}  // namespace tideway::dedup
