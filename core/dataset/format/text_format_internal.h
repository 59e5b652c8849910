// A format of text files: how rows are encoded, and how its files end.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/dataset/format/text_sink.h"
#include "core/dataset/format/write_files.h"

namespace tideway::dataset {

// Kind usage: formats of text tell columns apart by their names. `op` is the first word.
Error TwoColumnsNamed(std::string_view op, std::string_view name);

class TextFileFormat : public FileFormat {
 public:
  // `endings` without compression; shards have the first.
  TextFileFormat(std::shared_ptr<const RowEncoder> encoder, std::vector<std::string> endings)
      : encoder_(std::move(encoder)), endings_(std::move(endings)) {}

  std::string_view op() const override { return encoder_->op(); }
  std::vector<std::string> endings() const override;
  std::string Identity() const override { return encoder_->Identity(); }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return encoder_->CheckColumns(schema);
  }
  Result<std::unique_ptr<FileSink>> MakeSink(const Node& plan, PartTarget target,
                                             RunContext& run) const override;

 protected:
  // The encoder of the file or the shards in `target`.
  virtual std::shared_ptr<const RowEncoder> EncoderFor(const PartTarget& /*target*/) const {
    return encoder_;
  }

 private:
  const std::shared_ptr<const RowEncoder> encoder_;
  const std::vector<std::string> endings_;
};

}  // namespace tideway::dataset
