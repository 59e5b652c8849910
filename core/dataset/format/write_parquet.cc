#include <nlohmann/json.hpp>
#include <utility>

#include "core/dataset/features.h"
#include "core/dataset/format/parquet_sink.h"
#include "core/dataset/format/write_files.h"

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
    ARROW_ASSIGN_OR_RAISE(const ParquetTotals totals, TotalsOf(plan, run));
    return std::make_unique<ParquetSink>(std::move(target), totals);
  }
};

}  // namespace

std::unique_ptr<const FileFormat> MakeParquetFormat() { return std::make_unique<ParquetFormat>(); }

}  // namespace tideway::dataset
