#include "core/dataset/format/text_sink.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/text_file_internal.h"
#include "core/dataset/parallel.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

// The text of a piece, about: enough work for a task.
constexpr int64_t kPieceBytes = 256 << 10;
constexpr int64_t kFirstPieceRows = 256;  // before the size of rows is known
constexpr int64_t kMaxPieceRows = 8 << 10;

Result<BatchPtr> WithoutDictionaries(const BatchPtr& batch) {
  arrow::ArrayVector columns;
  arrow::FieldVector fields;
  for (int i = 0; i < batch->num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, DecodeDictionaries(batch->column(i)));
    fields.push_back(batch->schema()->field(i)->WithType(column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch->num_rows(),
                                  std::move(columns));
}

}  // namespace

// Some rows on their way to the file.
struct TextSink::Piece {
  BatchPtr rows;
  EncodedRows encoded;
  Status status;
};

TextSink::TextSink(std::shared_ptr<const RowEncoder> encoder, PartTarget target, std::string ending,
                   int workers)
    : FileSink(target, std::move(ending)),
      encoder_(std::move(encoder)),
      target_(std::move(target)),
      workers_(workers) {}

TextSink::~TextSink() = default;

Status TextSink::Open(const SchemaPtr& schema) {
  schema_ = schema;
  RETURN_NOT_OK(encoder_->CheckColumns(*schema));
  RETURN_NOT_OK(WithContext(name(), shards_.Open()));
  rows_ = shards_.rows();
  for (const WrittenFile& file : shards_.files()) text_bytes_ += file.bytes;
  return shards_.size() > 0 ? Status::OK() : WithContext(name(), StartFile());
}

Status TextSink::StartFile() {
  const std::string path = shards_.NextPath();
  ARROW_ASSIGN_OR_RAISE(text_, TextFile::Create(path, CompressionOf(path), workers_));
  file_rows_left_ = target_.cuts.RowsOf(shards_.size());
  return text_->Append(encoder_->Header(*schema_), 0);
}

Status TextSink::FinishFile() {
  const auto text = std::move(text_);
  RETURN_NOT_OK(text->Finish());
  return shards_.Add(text->TakeFile(), text->info());
}

Result<bool> TextSink::Consume(const BatchPtr& batch) {
  RETURN_NOT_OK(WriteBatch(batch));
  return true;
}

Status TextSink::WriteBatch(const BatchPtr& batch) {
  ARROW_ASSIGN_OR_RAISE(const BatchPtr plain, WithoutDictionaries(batch));
  for (int64_t offset = 0; offset < plain->num_rows();) {
    const int64_t piece_rows =
        rows_ == 0 ? kFirstPieceRows
                   : std::clamp<int64_t>(kPieceBytes * rows_ / std::max<int64_t>(text_bytes_, 1), 1,
                                         kMaxPieceRows);
    std::vector<Piece> pieces(static_cast<size_t>(2 * workers_));
    for (Piece& piece : pieces) {
      piece.rows = plain->Slice(offset, piece_rows);
      offset += piece.rows->num_rows();
    }
    ParallelFor(pieces.size(), [&](size_t i) {
      pieces[i].status = encoder_->Encode(*pieces[i].rows, pieces[i].encoded);
    });
    for (const Piece& piece : pieces) RETURN_NOT_OK(WritePiece(piece));
  }
  return Status::OK();
}

Status TextSink::WritePiece(const Piece& piece) {
  if (!piece.status.ok()) {
    const auto offsets = std::make_shared<RowOffsets>();
    offsets->Set(0, rows_);
    return ResolveRow(LocateBatch(piece.status, offsets, 1));
  }
  const std::string_view text = piece.encoded.text;
  const std::vector<size_t>& ends = piece.encoded.ends;
  const bool by_bytes = target_.file_name.empty() && target_.cuts.shards == 0;
  size_t start = 0;
  for (auto row = ends.begin(); row != ends.end();) {
    if (text_ == nullptr) RETURN_NOT_OK(WithContext(name(), StartFile()));
    auto last = row + std::min<int64_t>(ends.end() - row, file_rows_left_) - 1;  // into this file
    if (by_bytes) {
      const int64_t room = std::max<int64_t>(target_.max_shard_bytes - text_->text_bytes(), 0);
      last = std::min(last, std::lower_bound(row, last, start + static_cast<size_t>(room)));
    }
    const int64_t rows = last - row + 1;
    RETURN_NOT_OK(WithContext(name(), text_->Append(text.substr(start, *last - start), rows)));
    start = *last;
    row = last + 1;
    if (file_rows_left_ != ShardCuts::kNoLimit) file_rows_left_ -= rows;
    const bool full = by_bytes && text_->text_bytes() >= target_.max_shard_bytes;
    if (full || file_rows_left_ == 0) RETURN_NOT_OK(WithContext(name(), FinishFile()));
  }
  rows_ += static_cast<int64_t>(ends.size());
  text_bytes_ += static_cast<int64_t>(text.size());
  return Status::OK();
}

Status TextSink::Finish() { return WithContext(name(), FinishAll()); }

Status TextSink::FinishAll() {
  if (text_ != nullptr) RETURN_NOT_OK(FinishFile());
  RETURN_NOT_OK(target_.cuts.CheckRows(rows_, target_.folder));
  while (static_cast<int64_t>(shards_.size()) < target_.cuts.shards) {
    RETURN_NOT_OK(StartFile());
    RETURN_NOT_OK(FinishFile());
  }
  shards_.Name();
  return Status::OK();
}

}  // namespace tideway::dataset
