#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <parquet/exception.h>
#include <parquet/size_statistics.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/dataset/format/check_text_internal.h"
#include "core/dataset/format/distant_groups_internal.h"
#include "core/dataset/format/parquet_layout_internal.h"
#include "core/dataset/format/row_group_filter_internal.h"
#include "core/dataset/format/row_group_pieces_internal.h"
#include "core/dataset/format/schema_union_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using LayoutPtr = std::shared_ptr<const ParquetLayout>;

// A damaged footer may say anything; larger than this, a column chunk is read piece by piece
// anyway.
constexpr int64_t kMaxColumnBytes = int64_t{1} << 40;

// How long a text of a dictionary is taken to be when the file does not tell: longer ones are rare.
constexpr int64_t kUnknownTextBytes = 64 << 10;

// Row groups are decoded side by side while together they take no more than this many times what is
// in flight anyway.
constexpr int64_t kBatchesSideBySide = 3;

// What a column chunk takes in memory: as stored, but texts at their full length, which repeated
// ones in a dictionary do not show. Where the writer left no statistics of it, a guess that is
// rather too large.
int64_t DecodedBytes(const parquet::ColumnChunkMetaData& column) {
  const int64_t stored = column.total_uncompressed_size();
  const auto sizes = column.size_statistics();
  if (sizes != nullptr && sizes->unencoded_byte_array_data_bytes) {
    return std::max(stored, *sizes->unencoded_byte_array_data_bytes);
  }
  const bool repeats = column.type() == parquet::Type::BYTE_ARRAY && column.has_dictionary_page();
  if (!repeats) return stored;
  const int64_t values =
      std::clamp<int64_t>(column.num_values(), 0, kMaxColumnBytes / kUnknownTextBytes);
  return std::max(stored, values * std::min(stored, kUnknownTextBytes));
}

// What the columns read from row group `group` take in memory.
int64_t DecodedBytes(const ParquetFileLayout& file, int group) {
  const auto row_group = file.metadata->RowGroup(group);
  int64_t bytes = 0;
  for (const int leaf : file.leaves) {
    bytes += std::clamp<int64_t>(DecodedBytes(*row_group->ColumnChunk(leaf)), 0, kMaxColumnBytes);
  }
  return bytes;
}

Result<BatchPtr> Checked(const BatchPtr& batch, const LayoutPtr& layout, size_t file) {
  RETURN_NOT_OK(CheckText(*batch));
  return Conform(batch, layout->schema, layout->files[file].positions);
}

class ParquetStream : public Stream {
 public:
  ParquetStream(LayoutPtr layout, const SourceFiles& files,
                const std::vector<ExpressionPtr>& conditions, RunContext& run)
      : layout_(std::move(layout)),
        files_(files),
        filter_(conditions, layout_->schema),
        run_(run),
        distant_(*layout_, filter_) {
    for (const auto& file : layout_->files) total_rows_ += file.metadata->num_rows();
  }
  const SchemaPtr& schema() const override { return layout_->schema; }
  Result<Morsel> Next() override {
    passed_over_ = 0;
    Result<Morsel> morsel = Fetch();
    if (morsel.ok() && *morsel) given_rows_ += morsel_rows_;
    if (morsel.ok()) return morsel;
    return Explain(file_, morsel.status());
  }
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }
  int64_t PassedOver() const override { return passed_over_; }
  std::optional<double> Share() const override {
    if (total_rows_ == 0) return std::nullopt;
    return static_cast<double>(given_rows_) / static_cast<double>(total_rows_);
  }

 private:
  // A file that changed meanwhile explains any other error.
  Status Explain(size_t file, const Status& status) const {
    RETURN_NOT_OK(files_.CheckUnchanged(file));
    return UnreadableParquet(layout_->files[file].path, status);
  }
  Result<Morsel> Fetch();
  Result<Morsel> NextPiece();
  Morsel WholeGroup(int group) const;
  Status OpenPieces(int group, int64_t bytes);
  // The sizes of the row groups from `group` on, which is of `bytes`, that are decoded side by
  // side.
  std::vector<int64_t> SideBySide(int group, int64_t bytes) const;
  int64_t RowsOf(int group) const {
    return layout_->files[file_].metadata->RowGroup(group)->num_rows();
  }

  const LayoutPtr layout_;
  const SourceFiles& files_;
  const RowGroupFilter filter_;
  RunContext& run_;
  DistantGroups distant_;
  size_t file_ = 0;
  int group_ = 0;  // the next one of file_
  int64_t morsel_rows_ = 0;
  int64_t given_rows_ = 0;   // or passed over
  int64_t passed_over_ = 0;  // before the morsel given last
  int64_t total_rows_ = 0;
  std::unique_ptr<FileReading> reading_;
  // The row groups that are being read piece by piece, the last one first.
  std::vector<std::unique_ptr<RowGroupPieces>> pieces_;
};

Result<Morsel> ParquetStream::Fetch() {
  BEGIN_PARQUET_CATCH_EXCEPTIONS
  while (file_ < layout_->files.size()) {
    const ParquetFileLayout& file = layout_->files[file_];
    if (reading_ == nullptr) {
      RETURN_NOT_OK(files_.CheckUnchanged(file_));
      RETURN_NOT_OK(distant_.BringFile(file_));
      reading_ = std::make_unique<FileReading>(files_, file.path, file_, run_);
    }
    if (!pieces_.empty()) {
      ARROW_ASSIGN_OR_RAISE(Morsel piece, NextPiece());
      if (piece) return piece;
      continue;
    }
    if (group_ < file.metadata->num_row_groups()) {
      const int group = group_++;
      if (!filter_.MayHoldRows(file, group)) {
        passed_over_ += RowsOf(group);
        given_rows_ += RowsOf(group);
        continue;
      }
      RETURN_NOT_OK(distant_.BringGroup(file_, group));
      const int64_t bytes = DecodedBytes(file, group);
      const bool small = bytes <= run_.batch_bytes() && RowsOf(group) <= 2 * run_.batch_rows();
      if (small) {
        morsel_rows_ = RowsOf(group);
        return WholeGroup(group);
      }
      RETURN_NOT_OK(OpenPieces(group, bytes));
      continue;
    }
    RETURN_NOT_OK(reading_->Finish(file.metadata->num_rows()));
    reading_.reset();
    ++file_;
    group_ = 0;
  }
  return Morsel();
  END_PARQUET_CATCH_EXCEPTIONS
}

Morsel ParquetStream::WholeGroup(int group) const {
  return [this, group, file = file_](Worker&) -> Result<BatchPtr> {
    const ParquetFileLayout& layout = layout_->files[file];
    const auto decode = [&]() -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(layout.path, layout.metadata, false));
      ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadRowGroup(group, layout.leaves));
      ARROW_ASSIGN_OR_RAISE(BatchPtr batch, table->CombineChunksToBatch());
      return Checked(batch, layout_, file);
    };
    Result<BatchPtr> batch = decode();
    if (batch.ok()) return batch;
    return Explain(file, batch.status());
  };
}

std::vector<int64_t> ParquetStream::SideBySide(int group, int64_t bytes) const {
  const ParquetFileLayout& file = layout_->files[file_];
  const int64_t most = kBatchesSideBySide * run_.batches_in_flight() * run_.batch_bytes();
  const int end = std::min(group + run_.workers(), file.metadata->num_row_groups());
  std::vector<int64_t> sizes{bytes};
  for (int next = group + 1; next < end && filter_.MayHoldRows(file, next); ++next) {
    const int64_t size = DecodedBytes(file, next);
    bytes += size;
    if (bytes > most) break;
    sizes.push_back(size);
  }
  return sizes;
}

Status ParquetStream::OpenPieces(int group, int64_t bytes) {
  const ParquetFileLayout& file = layout_->files[file_];
  const std::vector<int64_t> sizes = SideBySide(group, bytes);
  group_ = group + static_cast<int>(sizes.size());
  for (int next = group_ - 1; next >= group; --next) {
    const int64_t size = sizes[static_cast<size_t>(next - group)];
    const int64_t row_bytes = size / std::max<int64_t>(RowsOf(next), 1) + 1;
    ARROW_ASSIGN_OR_RAISE(auto pieces, RowGroupPieces::Open(file, next, row_bytes,
                                                            run_.batch_rows(), run_.batch_bytes()));
    pieces_.push_back(std::move(pieces));
  }
  return RowGroupPieces::Start(pieces_);
}

Result<Morsel> ParquetStream::NextPiece() {
  ARROW_ASSIGN_OR_RAISE(const BatchPtr piece, pieces_.back()->Next());
  if (piece == nullptr) {
    pieces_.pop_back();
    return Morsel();
  }
  morsel_rows_ = piece->num_rows();
  return Morsel([this, piece, file = file_](Worker&) -> Result<BatchPtr> {
    Result<BatchPtr> batch = Checked(piece, layout_, file);
    if (batch.ok()) return batch;
    return Explain(file, batch.status());
  });
}

class ParquetSource : public Node {
 public:
  // What is used above: `only` these columns where given, and rows for which all `conditions` hold.
  struct Use {
    std::optional<std::vector<std::string>> only = {};
    std::vector<ExpressionPtr> conditions = {};
  };
  ParquetSource(std::shared_ptr<const SourceFiles> files, ParquetReadOptions options, Use use)
      : files_(std::move(files)), options_(std::move(options)), use_(std::move(use)) {}

  std::string_view op() const override { return "read.parquet"; }
  std::string Describe() const override {
    std::string text = files_->Describe();
    if (!options_.columns.empty()) text += fmt::format(" ({})", fmt::join(options_.columns, ", "));
    for (size_t i = 0; i < use_.conditions.size(); ++i) {
      text += i == 0 ? ", row groups where " : " and ";
      text += use_.conditions[i]->ToString();
    }
    return text;
  }
  Result<std::string> Identity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const std::string hashes, files_->Hashes(run));
    auto use = nlohmann::json::array();
    if (use_.only) use.push_back(std::set<std::string>(use_.only->begin(), use_.only->end()));
    for (const ExpressionPtr& condition : use_.conditions) use.push_back(condition->Identity());
    return fmt::format("{}{}\t{}", hashes, fmt::join(options_.columns, "\n"), IdentityText(use));
  }
  Result<bool> KnowsIdentity(RunContext& run) const override { return files_->KnowsHashes(run); }
  Status LearnIdentity(RunContext& run, const CancelToken& stop) const override {
    return files_->LearnHashes(run, stop);
  }
  Result<std::vector<std::string>> InputUris() const override { return files_->Paths(); }
  Result<SchemaPtr> schema(RunContext&) const override {
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout());
    return layout->schema;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout());
    return std::make_unique<ParquetStream>(layout, *files_, use_.conditions, run);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    if (!use_.conditions.empty()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout());
    return layout->rows;
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    Use use = use_;
    use.only = columns;
    return std::make_shared<ParquetSource>(files_, options_, std::move(use));
  }
  bool cheap_to_reread() const override { return use_.conditions.empty(); }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    Use use = use_;
    use.conditions.push_back(condition);
    return std::make_shared<ParquetSource>(files_, options_, std::move(use));
  }

 private:
  Result<LayoutPtr> Layout() const {
    std::lock_guard lock(mutex_);
    if (layout_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(ParquetLayout layout,
                            ReadParquetLayout(*files_, options_.columns, use_.only));
      layout_ = std::make_shared<ParquetLayout>(std::move(layout));
    }
    return layout_;
  }

  const std::shared_ptr<const SourceFiles> files_;
  const ParquetReadOptions options_;
  const Use use_;
  mutable std::mutex mutex_;
  mutable LayoutPtr layout_;
};

}  // namespace

NodePtr ReadParquet(std::vector<std::string> paths, ParquetReadOptions options) {
  return std::make_shared<ParquetSource>(
      std::make_shared<const SourceFiles>("read.parquet", std::move(paths),
                                          std::vector<std::string>{".parquet"}),
      std::move(options), ParquetSource::Use());
}

}  // namespace tideway::dataset
