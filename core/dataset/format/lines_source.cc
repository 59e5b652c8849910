#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/text_source_internal.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kReadText = "read.text";

class LinesFormat : public TextFormat {
 public:
  using TextFormat::TextFormat;
  std::string_view op() const override { return kReadText; }
  std::vector<std::string> endings() const override { return {".txt", ".txt.gz", ".txt.zst"}; }
  std::string Options(const std::vector<std::string>&) const override { return ""; }
  size_t CompleteBytes(std::string_view bytes, std::string_view) const override {
    return bytes.rfind('\n') + 1;
  }
  Result<std::unique_ptr<TextHead>> TakeHead(TextBlock*, std::string_view) const override {
    return nullptr;
  }

  // The one column is known without looking.
  bool heads_may_suffice() const override { return true; }
  bool HeadsSuffice(const TextFindings&) const override { return true; }
  std::unique_ptr<TextFindings> NewFindings() const override {
    return std::make_unique<TextFindings>();
  }
  Status AddHead(const TextHead*, std::string_view, TextFindings&) const override {
    return Status::OK();
  }
  Status Scan(const TextBlock&, const TextHead*, TextFindings&) const override {
    return Status::OK();
  }
  Status Merge(TextFindings&, const TextFindings&) const override { return Status::OK(); }
  Result<SchemaPtr> SchemaOf(const TextFindings&) const override {
    return arrow::schema({arrow::field("text", arrow::utf8())});
  }

  Result<BatchPtr> Parse(const TextBlock& block, const TextHead*, const SchemaPtr& schema,
                         DropCounts& dropped) const override {
    const Status valid = CheckUtf8(kReadText, block);
    if (!drops()) RETURN_NOT_OK(valid);
    arrow::StringBuilder lines;
    RETURN_NOT_OK(lines.ReserveData(static_cast<int64_t>(block.bytes.size())));
    for (size_t at = 0; at < block.bytes.size();) {
      const size_t end = std::min(block.bytes.find('\n', at), block.bytes.size());
      std::string_view line = block.bytes.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      at = end + 1;
      if (valid.ok() || simdjson::validate_utf8(line.data(), line.size())) {
        RETURN_NOT_OK(lines.Append(line));
      } else {
        ++dropped["not UTF-8"];
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto column, lines.Finish());
    return arrow::RecordBatch::Make(schema, column->length(), {column});
  }
};

}  // namespace

NodePtr ReadText(std::vector<std::string> paths, BrokenRecords broken) {
  return MakeTextSource(std::move(paths), std::make_unique<LinesFormat>(broken));
}

}  // namespace tideway::dataset
