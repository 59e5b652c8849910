#include <nlohmann/json.hpp>
#include <utility>

#include "core/dataset/features.h"
#include "core/dataset/format/parquet_sink.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/op/split.h"

namespace tideway::dataset {
namespace {

class ParquetFormat : public FileFormat {
 public:
  std::string_view op() const override { return "write.parquet"; }
  std::vector<std::string> endings() const override { return {".parquet"}; }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return WithContext(op(), FeaturesOf(schema).status());
  }
  Result<std::unique_ptr<FileSink>> MakeSink(const Node& plan, PartTarget target,
                                             RunContext& run) const override {
    ParquetOptions options{.folder = std::move(target.folder),
                           .stem = std::move(target.stem),
                           .file_name = std::move(target.file_name),
                           .max_shard_bytes = target.max_shard_bytes,
                           .cuts = target.cuts};
    options.finished = std::move(target.finished);
    options.log = target.log;
    ARROW_ASSIGN_OR_RAISE(options.bytes, PartBytes(plan, run));
    if (options.bytes) {
      ARROW_ASSIGN_OR_RAISE(options.rows, plan.KnownRows(run));
    }
    return std::make_unique<ParquetSink>(std::move(options));
  }
};

}  // namespace

std::unique_ptr<const FileFormat> MakeParquetFormat() { return std::make_unique<ParquetFormat>(); }

}  // namespace tideway::dataset
