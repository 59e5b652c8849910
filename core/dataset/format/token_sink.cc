#include "core/dataset/format/token_sink.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/columns.h"

namespace tideway::dataset {
namespace {

constexpr const char* kOp = "write.tokens";

Result<int> ColumnOf(const arrow::Schema& schema, const std::string& column) {
  int index = 0;
  if (!column.empty()) {
    ARROW_ASSIGN_OR_RAISE(index, ColumnIndex(schema, column, kOp));
  } else if (schema.num_fields() != 1) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{}: {} columns, and none named", kOp, schema.num_fields()))
        .Hint("name the tokens: { column = \"ids\" }");
  }
  const auto& field = *schema.field(index);
  if (field.type()->Equals(arrow::list(arrow::int32()))) return index;
  return Error(ErrorKind::kUsage, fmt::format("{}: column `{}` must be list<int32>: {}", kOp,
                                              field.name(), field.type()->ToString()));
}

// One file in the making.
struct OpenFile {
  std::unique_ptr<AtomicFile> file;
  Sha256 hash = {};
  int64_t rows = 0;
};

class TokenSink : public FileSink {
 public:
  TokenSink(TokenFileOptions options, PartTarget target)
      : FileSink(target, ".bin"), options_(std::move(options)), target_(std::move(target)) {}
  std::string_view name() const override { return kOp; }

  Status Open(const SchemaPtr& schema) override {
    ARROW_ASSIGN_OR_RAISE(column_, ColumnOf(*schema, options_.column));
    RETURN_NOT_OK(WithContext(kOp, shards_.Open()));
    return shards_.size() > 0 ? Status::OK() : WithContext(kOp, StartFile());
  }

  Result<bool> Consume(const BatchPtr& batch) override {
    const auto& lists = static_cast<const arrow::ListArray&>(*batch->column(column_));
    for (int64_t row = 0; row < lists.length(); ++row) {
      if (open_ == nullptr) RETURN_NOT_OK(WithContext(kOp, StartFile()));
      RETURN_NOT_OK(WriteRow(lists, row));
      ++open_->rows;
      const bool by_bytes = target_.file_name.empty() && target_.cuts.shards == 0;
      const bool full = by_bytes && bytes_ >= target_.max_shard_bytes;
      if (full || open_->rows == target_.cuts.RowsOf(shards_.size())) {
        RETURN_NOT_OK(WithContext(kOp, FinishFile()));
      }
    }
    return true;
  }

  Status Finish() override { return WithContext(kOp, FinishAll()); }

 private:
  Status StartFile() {
    open_ = std::make_unique<OpenFile>();
    bytes_ = 0;
    ARROW_ASSIGN_OR_RAISE(open_->file, AtomicFile::Create(shards_.NextPath()));
    return Status::OK();
  }

  Status FinishFile() {
    RETURN_NOT_OK(Flush());
    const auto done = std::move(open_);
    RETURN_NOT_OK(done->file->Seal());
    const int64_t size = done->file->size();
    return shards_.Add(std::move(done->file), {.name = {},
                                               .rows = done->rows,
                                               .bytes = size,
                                               .size = size,
                                               .sha256 = done->hash.Finish()});
  }

  Status FinishAll() {
    if (open_ != nullptr) RETURN_NOT_OK(FinishFile());
    RETURN_NOT_OK(target_.cuts.CheckRows(shards_.rows(), target_.folder));
    while (static_cast<int64_t>(shards_.size()) < target_.cuts.shards) {
      RETURN_NOT_OK(StartFile());
      RETURN_NOT_OK(FinishFile());
    }
    shards_.Name();
    return Status::OK();
  }

  Error AtThisRow(const std::string& what) const {
    return Error(ErrorKind::kData,
                 fmt::format("{}: {} (row {})", kOp, what, shards_.rows() + open_->rows + 1));
  }

  Status WriteRow(const arrow::ListArray& lists, int64_t row) {
    if (lists.IsNull(row)) return AtThisRow("a null in place of tokens");
    const auto& values = static_cast<const arrow::Int32Array&>(*lists.values());
    const int64_t end = lists.value_offset(row) + lists.value_length(row);
    for (int64_t i = lists.value_offset(row); i < end; ++i) {
      if (values.IsNull(i)) return AtThisRow("a null among the tokens");
      RETURN_NOT_OK(Append(values.Value(i)));
    }
    return Status::OK();
  }

  Status Append(int32_t id) {
    const bool narrow = options_.type == TokenType::kUint16;
    if (id < 0 || (narrow && id > std::numeric_limits<uint16_t>::max())) {
      auto error = AtThisRow(
          fmt::format("a token that does not fit {}: {}", narrow ? "uint16" : "uint32", id));
      return narrow && id > 0 ? error.Hint("write wider ones: { type = \"uint32\" }") : error;
    }
    const int size = narrow ? 2 : 4;
    for (int i = 0; i < size; ++i) buffer_ += static_cast<char>(id >> (8 * i));
    bytes_ += size;
    constexpr size_t kBufferBytes = 1 << 20;
    return buffer_.size() >= kBufferBytes ? Flush() : Status::OK();
  }

  Status Flush() {
    open_->hash.Update(buffer_);
    const Status written = open_->file->Write(buffer_);
    buffer_.clear();
    return written;
  }

  const TokenFileOptions options_;
  const PartTarget target_;
  int column_ = 0;
  std::unique_ptr<OpenFile> open_;
  std::string buffer_;
  int64_t bytes_ = 0;  // of the open file
};

class TokenFormat : public FileFormat {
 public:
  explicit TokenFormat(TokenFileOptions options) : options_(std::move(options)) {}
  std::string_view op() const override { return kOp; }
  std::vector<std::string> endings() const override { return {".bin"}; }
  std::string Identity() const override {
    return (options_.type == TokenType::kUint16 ? "uint16 " : "uint32 ") + options_.column;
  }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return ColumnOf(schema, options_.column).status();
  }
  Result<std::unique_ptr<FileSink>> MakeSink(const Node&, PartTarget target,
                                             RunContext&) const override {
    return std::make_unique<TokenSink>(options_, std::move(target));
  }

 private:
  const TokenFileOptions options_;
};

}  // namespace

std::unique_ptr<const FileFormat> MakeTokenFormat(TokenFileOptions options) {
  return std::make_unique<TokenFormat>(std::move(options));
}

}  // namespace tideway::dataset
