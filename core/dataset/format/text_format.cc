#include <fmt/format.h>

#include "core/dataset/format/text_format_internal.h"

namespace tideway::dataset {

Error TwoColumnsNamed(std::string_view op, std::string_view name) {
  return Error(ErrorKind::kUsage, fmt::format("{}: two columns have one name: `{}`", op, name))
      .Hint("rename one of them, or leave it out with drop");
}

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
  return std::make_unique<TextSink>(std::move(encoder), std::move(target), endings_[0],
                                    run.workers());
}

}  // namespace tideway::dataset
