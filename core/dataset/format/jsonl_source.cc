#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "core/dataset/format/json_builder_internal.h"
#include "core/dataset/format/json_type_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/text_source_internal.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kReadJsonl = "read.jsonl";
// Room for simdjson beyond our own limit, so that ours is the one reported.
constexpr size_t kParserDepth = 2 * kMaxJsonDepth;

static_assert(simdjson::SIMDJSON_PADDING <= kBlockPadding);

// Gives the lines of a block that are not blank, as parsed objects.
class Lines {
 public:
  // Broken lines are counted in `dropped` where that is given, else errors.
  Lines(const TextBlock& block, DropCounts* dropped)
      : block_(block), dropped_(dropped), line_(block.first_line - 1) {}

  // False at the end. Afterwards object() and line() are those of the next line, and where broken
  // lines are dropped type() is its type.
  Result<bool> Next() {
    while (at_ < block_.bytes.size()) {
      const size_t start = at_;
      const size_t end = std::min(block_.bytes.find('\n', start), block_.bytes.size());
      at_ = end + 1;
      ++line_;
      const std::string_view text = block_.bytes.substr(start, end - start);
      if (text.find_first_not_of(" \t\r") == text.npos) continue;
      std::string_view reason = "broken JSON";
      const Status status = Take(text, reason);
      if (status.ok()) return true;
      if (dropped_ == nullptr) return status;
      ++(*dropped_)[std::string(reason)];
    }
    return false;
  }
  const JsonType& type() const { return type_; }
  const simdjson::dom::element& object() const { return object_; }
  int64_t line() const { return line_; }

 private:
  // `reason`: why the line is dropped if this fails.
  Status Take(std::string_view text, std::string_view& reason) {
    RETURN_NOT_OK(Parse(text));
    if (!object_.is_object()) {
      reason = "no JSON object";
      return LineError(kReadJsonl, block_, line_, "the line is no JSON object")
          .Hint("each line must hold one object: {\"key\": value, ...}");
    }
    if (dropped_ == nullptr) return Status::OK();
    reason = "JSON without a type";
    type_ = JsonType();
    return type_.Observe(object_, {block_.path, line_});
  }
  Status Parse(std::string_view text) {
    if (parser_.capacity() < text.size() || parser_.max_depth() != kParserDepth) {
      const auto error = parser_.allocate(std::max<size_t>(2 * text.size(), 4096), kParserDepth);
      if (error != simdjson::SUCCESS) return Broken(error);
    }
    const auto error = parser_.parse(text.data(), text.size(), false).get(object_);
    return error == simdjson::SUCCESS ? Status::OK() : Broken(error);
  }
  Status Broken(simdjson::error_code error) const {
    if (error == simdjson::DEPTH_ERROR) {
      return LineError(kReadJsonl, block_, line_,
                       fmt::format("nested below {} levels", kMaxJsonDepth));
    }
    return LineError(kReadJsonl, block_, line_,
                     fmt::format("broken JSON: {}", simdjson::error_message(error)));
  }

  const TextBlock& block_;
  DropCounts* const dropped_;
  size_t at_ = 0;
  int64_t line_;
  simdjson::dom::parser parser_;
  simdjson::dom::element object_;
  JsonType type_;
};

class JsonlFindings : public TextFindings {
 public:
  JsonType type;
};

class JsonlFormat : public TextFormat {
 public:
  using TextFormat::TextFormat;
  std::string_view op() const override { return kReadJsonl; }
  std::vector<std::string> endings() const override {
    return {".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".ndjson.gz", ".ndjson.zst"};
  }
  std::string Options(const std::vector<std::string>&) const override { return ""; }
  size_t CompleteBytes(std::string_view bytes, std::string_view) const override {
    return bytes.rfind('\n') + 1;
  }
  Result<std::unique_ptr<TextHead>> TakeHead(TextBlock*, std::string_view) const override {
    return nullptr;
  }

  std::unique_ptr<TextFindings> NewFindings() const override {
    return std::make_unique<JsonlFindings>();
  }
  Status AddHead(const TextHead*, std::string_view, TextFindings&) const override {
    return Status::OK();
  }

  Status Scan(const TextBlock& block, const TextHead*, TextFindings& findings) const override {
    auto& found = static_cast<JsonlFindings&>(findings);
    DropCounts dropped;
    Lines lines(block, drops() ? &dropped : nullptr);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, lines.Next());
      if (!more) return Status::OK();
      RETURN_NOT_OK(drops() ? found.type.Merge(lines.type())
                            : found.type.Observe(lines.object(), {block.path, lines.line()}));
      ++found.rows;
    }
  }
  Status Merge(TextFindings& all, const TextFindings& block) const override {
    all.rows += block.rows;
    return static_cast<JsonlFindings&>(all).type.Merge(
        static_cast<const JsonlFindings&>(block).type);
  }
  Result<SchemaPtr> SchemaOf(const TextFindings& findings) const override {
    const auto type = static_cast<const JsonlFindings&>(findings).type.ToArrow();
    return arrow::schema(type->fields());  // without any line: no columns
  }

  Result<BatchPtr> Parse(const TextBlock& block, const TextHead*, const SchemaPtr& schema,
                         DropCounts& dropped) const override {
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(arrow::struct_(schema->fields())));
    JsonBuilder rows(builder.get());
    Lines lines(block, drops() ? &dropped : nullptr);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, lines.Next());
      if (!more) break;
      const Status status = rows.Append(lines.object());
      if (!status.ok()) {
        return WithContext(fmt::format("{}: {}:{}", kReadJsonl, block.path, lines.line()), status);
      }
    }
    RETURN_NOT_OK(rows.Complete());
    ARROW_ASSIGN_OR_RAISE(const auto array, builder->Finish());
    ARROW_ASSIGN_OR_RAISE(const auto batch, arrow::RecordBatch::FromStructArray(array));
    return arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns());
  }
};

}  // namespace

NodePtr ReadJsonl(std::vector<std::string> paths, BrokenRecords broken) {
  return MakeTextSource(std::move(paths), std::make_unique<JsonlFormat>(broken));
}

}  // namespace tideway::dataset
