#include <arrow/util/compression.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/dataset/features.h"
#include "core/dataset/format/arrow_sink_internal.h"
#include "core/dataset/format/write_files.h"

namespace tideway::dataset {
namespace {

// That of Arrow's other writers.
constexpr int kZstdLevel = 1;

class ArrowFormat : public FileFormat {
 public:
  explicit ArrowFormat(ArrowWriteOptions options) : options_(options) {}
  std::string_view op() const override { return "write.arrow"; }
  std::vector<std::string> endings() const override { return {".arrow", ".feather"}; }
  std::string Identity() const override { return options_.zstd ? "zstd" : ""; }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return WithContext(op(), FeaturesOf(schema).status());
  }
  Result<std::unique_ptr<FileSink>> MakeSink(const Node& /*plan*/, PartTarget target,
                                             RunContext& run) const override {
    std::shared_ptr<arrow::util::Codec> codec;
    if (options_.zstd) {
      ARROW_ASSIGN_OR_RAISE(codec,
                            arrow::util::Codec::Create(arrow::Compression::ZSTD, kZstdLevel));
    }
    return std::make_unique<ArrowSink>(std::move(target), std::move(codec), run.workers());
  }

 private:
  const ArrowWriteOptions options_;
};

}  // namespace

std::unique_ptr<const FileFormat> MakeArrowFormat(ArrowWriteOptions options) {
  return std::make_unique<ArrowFormat>(options);
}

}  // namespace tideway::dataset
