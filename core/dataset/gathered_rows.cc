#include "core/dataset/gathered_rows.h"

#include <arrow/table.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/row_bytes.h"

namespace tideway::dataset {
namespace {

class GatheredSource : public Node {
 public:
  GatheredSource(std::string name, std::string hash, std::shared_ptr<BatchStore> store)
      : name_(std::move(name)), hash_(std::move(hash)), store_(std::move(store)) {}

  std::string_view op() const override { return "fetch"; }
  std::string Describe() const override { return name_; }
  Result<std::string> Identity(RunContext&) const override { return hash_; }
  Result<std::vector<std::string>> InputUris() const override { return std::vector{name_}; }
  Result<SchemaPtr> schema(RunContext&) const override { return store_->schema(); }
  Result<std::unique_ptr<Stream>> Open(RunContext&) const override { return store_->OpenStream(); }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override { return store_->rows(); }

 private:
  const std::string name_;
  const std::string hash_;
  const std::shared_ptr<BatchStore> store_;
};

}  // namespace

Result<std::shared_ptr<GatheredRows>> GatheredRows::Create(std::string name, SchemaPtr schema,
                                                           RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto none, arrow::Table::MakeEmpty(schema));
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(std::move(schema), run));
  std::shared_ptr<GatheredRows> gathered(new GatheredRows(std::move(name), std::move(store), run));
  gathered->pending_ = {std::move(none)};
  return gathered;
}

Status GatheredRows::Add(const std::shared_ptr<arrow::Table>& rows) {
  if (!rows->schema()->Equals(*store_->schema())) {
    return Error(ErrorKind::kData,
                 name_ + ": rows have other columns than declared: " + rows->schema()->ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(*rows));
  pending_.push_back(rows);
  pending_rows_ += rows->num_rows();
  pending_bytes_ += bytes;
  if (pending_rows_ >= kHashedRows || pending_bytes_ > run_.batch_bytes()) RETURN_NOT_OK(Join());
  const bool is_large = joined_bytes_ + pending_bytes_ > run_.batch_bytes();
  return joined_rows_ >= run_.batch_rows() || is_large ? Keep() : Status::OK();
}

Status GatheredRows::Join() {
  ARROW_ASSIGN_OR_RAISE(const auto table, arrow::ConcatenateTables(pending_));
  int64_t whole = table->num_rows() / kHashedRows * kHashedRows;
  if (whole == 0) whole = table->num_rows();
  for (int64_t row = 0; row == 0 || row < whole; row += kHashedRows) {
    const int64_t length = std::min(kHashedRows, whole - row);
    ARROW_ASSIGN_OR_RAISE(joined_.emplace_back(), JoinRows(*table->Slice(row, length)));
    ARROW_ASSIGN_OR_RAISE(const std::string hash, HashRows(joined_.back()));
    hashes_ += hash;
    joined_bytes_ += arrow::util::TotalBufferSize(*joined_.back());
  }
  joined_rows_ += whole;
  pending_ = {table->Slice(whole)};
  pending_rows_ -= whole;
  return arrow::util::ReferencedBufferSize(*pending_[0]).Value(&pending_bytes_);
}

Status GatheredRows::Keep() {
  if (joined_.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(joined_));
  joined_.clear();
  joined_rows_ = joined_bytes_ = 0;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, JoinRows(*table));
  return store_->Put(batches_++, batch);
}

Result<NodePtr> GatheredRows::Finish() {
  while (pending_rows_ > 0 || hashes_.empty()) RETURN_NOT_OK(Join());
  RETURN_NOT_OK(Keep());
  store_->Seal();
  const std::string hash = "xxh128:" + Hash128Hex(hashes_);
  if (!run_.options().check_only) {
    run_.RecordInput({.uri = name_, .hash = hash, .rows = store_->rows(), .bytes = -1});
  }
  return std::make_shared<GatheredSource>(name_, hash, store_);
}

}  // namespace tideway::dataset
