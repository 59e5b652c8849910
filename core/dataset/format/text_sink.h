// Writes a plan's rows as files of text, one record after another: what CSV and JSON lines share. A
// format says how rows become text (RowEncoder).
//
//   TextSink sink(encoder, {.folder = "out", .stem = "train"}, ".jsonl", run.workers());
//   RETURN_NOT_OK(Execute(*plan, sink, run));
//   RETURN_NOT_OK(sink.Publish());
//
// Workers encode pieces of a batch side by side, and compress; only writing is one after another.
// The bytes depend on the rows only. Holds about 1 MB of text per worker, or a few rows where those
// are larger. Threads: as FileSink.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/file_sink.h"

namespace tideway::dataset {

// Records one after another, and where each ends.
struct EncodedRows {
  std::string text;
  std::vector<size_t> ends;
};

// Threads: const methods from any thread, several at once.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;
  // "write.csv": the first word of errors.
  virtual std::string_view op() const = 0;
  // As FileFormat::Identity().
  virtual std::string Identity() const { return ""; }
  // Errors of kind usage name the column that the format cannot hold.
  virtual Status CheckColumns(const arrow::Schema& schema) const = 0;
  // What every file begins with.
  virtual std::string Header(const arrow::Schema& /*schema*/) const { return ""; }
  // Appends the rows, which have no dictionaries. An error about one row says so with AtRow().
  virtual Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const = 0;
};

class TextSink : public FileSink {
 public:
  // Shards are "<stem>-00000-of-00002<ending>", and end with the row that brings their text to
  // max_shard_bytes, or where the target's cuts say.
  TextSink(std::shared_ptr<const RowEncoder> encoder, PartTarget target, std::string ending,
           int workers);
  ~TextSink() override;

  std::string_view name() const override { return encoder_->op(); }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  // Zero rows still give one file.
  Status Finish() override;

 private:
  struct Piece;
  Status WriteBatch(const BatchPtr& batch);
  Status WritePiece(const Piece& piece);
  Status StartFile();
  Status FinishFile();
  Status FinishAll();

  const std::shared_ptr<const RowEncoder> encoder_;
  const PartTarget target_;
  const int workers_;
  SchemaPtr schema_;
  std::unique_ptr<class TextFile> text_;  // the open one
  int64_t file_rows_left_ = 0;            // of it
  int64_t rows_ = 0;
  int64_t text_bytes_ = 0;
};

}  // namespace tideway::dataset
