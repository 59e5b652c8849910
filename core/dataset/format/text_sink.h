// Writes a plan's rows as files of text, one record after another: what CSV and JSON lines share. A
// format says how rows become text (RowEncoder).
//
//   TextSink sink(encoder, {.folder = "out", .stem = "train", .ending = ".jsonl"}, run.workers());
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
  // Errors of kind usage name the column that the format cannot hold.
  virtual Status CheckColumns(const arrow::Schema& schema) const = 0;
  // What every file begins with.
  virtual std::string Header(const arrow::Schema& /*schema*/) const { return ""; }
  // Appends the rows, which have no dictionaries. An error about one row says so with AtRow().
  virtual Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const = 0;
};

struct TextSinkOptions {
  std::string folder = {};     // made when absent
  std::string stem = {};       // shards are "<stem>-00000-of-00002<ending>"
  std::string ending = {};     // ".jsonl"
  std::string file_name = {};  // when set, one file of this name, and the two above are unused
  // A shard ends with the row that brings its text to this size.
  int64_t max_shard_bytes = 500'000'000;
};

class TextSink : public FileSink {
 public:
  TextSink(std::shared_ptr<const RowEncoder> encoder, TextSinkOptions options, int workers);
  ~TextSink() override;

  std::string_view name() const override { return encoder_->op(); }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  // Zero rows still give one file.
  Status Finish() override;
  Status Publish() override;
  const std::vector<WrittenFile>& files() const override { return files_; }

 private:
  struct Piece;
  Status WriteBatch(const BatchPtr& batch);
  Status WritePiece(const Piece& piece);
  Status StartFile();
  Status FinishFile();
  Status FinishAll();
  std::string NameOf(size_t shard) const;

  const std::shared_ptr<const RowEncoder> encoder_;
  const TextSinkOptions options_;
  const int workers_;
  SchemaPtr schema_;
  std::vector<std::unique_ptr<class TextFile>> texts_;
  bool open_ = false;  // the last of them
  std::vector<WrittenFile> files_;
  int64_t rows_ = 0;
  int64_t text_bytes_ = 0;
};

}  // namespace tideway::dataset
