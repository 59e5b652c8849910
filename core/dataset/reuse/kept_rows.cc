#include "core/dataset/reuse/kept_rows.h"

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/dataset/execute.h"
#include "core/dataset/format/atomic_stream_internal.h"
#include "core/dataset/reuse/input_json_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Writes rows as they come.
class KeepSink : public Sink {
 public:
  explicit KeepSink(std::string path) : path_(std::move(path)) {}
  std::string_view name() const override { return "cache"; }
  Status Open(const SchemaPtr& schema) override {
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(path_));
    stream_ = std::make_shared<AtomicStream>(file_.get(), &hash_);
    return arrow::ipc::MakeFileWriter(stream_, schema).Value(&writer_);
  }
  Result<bool> Consume(const BatchPtr& batch) override {
    rows_ += batch->num_rows();
    if (batch->num_rows() > 0) RETURN_NOT_OK(writer_->WriteRecordBatch(*batch));
    return true;
  }
  Status Finish() override {
    RETURN_NOT_OK(writer_->Close());
    return file_->Publish();
  }
  int64_t rows() const { return rows_; }
  std::string Hash() { return hash_.Finish(); }

 private:
  const std::string path_;
  Sha256 hash_;
  std::unique_ptr<AtomicFile> file_;
  std::shared_ptr<AtomicStream> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  int64_t rows_ = 0;
};

struct Record {
  std::string sha256;
  int64_t rows = 0;
  std::vector<InputRecord> inputs;
};

std::optional<Record> ReadRecord(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text.ok()) return std::nullopt;
  try {
    const json record = json::parse(*text);
    Record read{.sha256 = record.at("sha256"), .rows = record.at("rows"), .inputs = {}};
    for (const json& input : record.at("inputs")) read.inputs.push_back(InputOf(input));
    return read;
  } catch (const json::exception& error) {
    LogDebug("cache: a record of kept rows is passed over: {}", error.what());
    return std::nullopt;
  }
}

Status WriteRecord(const std::string& path, const Record& record) {
  json inputs = json::array();
  for (const InputRecord& input : record.inputs) inputs.push_back(InputJson(input));
  const json text = {{"sha256", record.sha256}, {"rows", record.rows}, {"inputs", inputs}};
  return WriteFileAtomic(path, text.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

class KeptStream : public Stream {
 public:
  KeptStream(std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader, int64_t rows)
      : reader_(std::move(reader)), schema_(reader_->schema()), rows_(rows) {}
  const SchemaPtr& schema() const override { return schema_; }
  // Batches are views of the map: to take one costs nothing.
  Result<Morsel> Next() override {
    if (next_ == reader_->num_record_batches()) return Morsel();
    BatchPtr batch;
    RETURN_NOT_OK(reader_->ReadRecordBatch(next_++).Value(&batch));
    morsel_rows_ = batch->num_rows();
    given_rows_ += morsel_rows_;
    return Morsel([batch](Worker&) { return batch; });
  }
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }
  std::optional<double> Share() const override {
    if (rows_ == 0) return std::nullopt;
    return static_cast<double>(given_rows_) / static_cast<double>(rows_);
  }

 private:
  const std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  const SchemaPtr schema_;
  const int64_t rows_;
  int next_ = 0;
  int64_t morsel_rows_ = 0;
  int64_t given_rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<Stream>> KeptRows::OpenStream() const {
  ARROW_ASSIGN_OR_RAISE(auto map,
                        arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(std::move(map)));
  return std::make_unique<KeptStream>(std::move(reader), rows);
}

Result<std::optional<KeptRows>> KeptRowsFolder::Find(const std::string& fingerprint,
                                                     RunContext& run) const {
  const auto record = ReadRecord(RecordOf(fingerprint));
  if (!record || !FileExists(FileOf(fingerprint))) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const std::string hash,
                        run.file_hashes().HashOf(FileOf(fingerprint), run.cancel()));
  if (hash != record->sha256) return std::nullopt;
  for (const InputRecord& input : record->inputs) run.RecordInput(input);
  std::error_code unknown;  // of when it was last used: only `tideway clean` asks
  fs::last_write_time(RecordOf(fingerprint), fs::file_time_type::clock::now(), unknown);
  return KeptRows{FileOf(fingerprint), record->rows};
}

Result<KeptRows> KeptRowsFolder::Keep(const Node& plan, const std::string& fingerprint,
                                      RunContext& run) const {
  RETURN_NOT_OK(MakeFolders(path_));
  RemoveStaleTemporaries(path_).status().ok();  // what killed runs left
  ARROW_ASSIGN_OR_RAISE(const KnownIdentities before, IdentitiesKnown(plan, run));
  KeepSink sink(FileOf(fingerprint));
  RETURN_NOT_OK(Execute(plan, sink, run));
  ARROW_ASSIGN_OR_RAISE(const auto uris, PlanInputUris(plan));
  const Record record{.sha256 = sink.Hash(), .rows = sink.rows(), .inputs = run.inputs_among(uris)};
  // A database that was written meanwhile gave other rows than the fingerprint tells of: they are
  // this run's only.
  ARROW_ASSIGN_OR_RAISE(const KnownIdentities after, IdentitiesKnown(plan, run));
  if (before == after) RETURN_NOT_OK(WriteRecord(RecordOf(fingerprint), record));
  return KeptRows{FileOf(fingerprint), record.rows};
}

Removed RemoveOldRows(const std::string& folder, int days) {
  Removed removed;
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24 * days);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".arrow") continue;
    fs::path record = entry.path();
    record.replace_extension(".json");
    std::error_code failed;
    const auto used = fs::last_write_time(record, failed);
    if (!failed && used >= oldest) continue;
    const auto size = static_cast<int64_t>(entry.file_size(failed));
    fs::remove(record, failed);
    if (!fs::remove(entry.path(), failed)) continue;
    ++removed.count;
    removed.bytes += size;
  }
  return removed;
}

}  // namespace tideway::dataset
