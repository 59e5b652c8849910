#include "core/dataset/format/text_format_internal.h"

namespace tideway::dataset {

std::vector<std::string> TextFileFormat::endings() const {
  std::vector<std::string> all;
  for (const char* compression : {"", ".gz", ".zst"}) {
    for (const std::string& ending : endings_) all.push_back(ending + compression);
  }
  return all;
}

Result<std::unique_ptr<FileSink>> TextFileFormat::MakeSink(const Node& /*plan*/, PartTarget target,
                                                           RunContext& run) const {
  auto encoder = EncoderFor(target);
  return std::make_unique<TextSink>(std::move(encoder),
                                    TextSinkOptions{.folder = std::move(target.folder),
                                                    .stem = std::move(target.stem),
                                                    .ending = endings_[0],
                                                    .file_name = std::move(target.file_name),
                                                    .max_shard_bytes = target.max_shard_bytes},
                                    run.workers());
}

}  // namespace tideway::dataset
