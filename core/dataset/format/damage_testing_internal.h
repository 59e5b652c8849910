// Good files of every format, which tests damage, and what they take. Test code only.
#pragma once

#include <arrow/compute/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>
#include <sys/resource.h>

#include <memory>
#include <string>

#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset::testing {

inline std::string CsvText() {
  std::string text = "id,message,ratio,flag\n";
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    text += n + ",\"नमस्ते \"\"" + n + "\"\"\nsecond line, " + n + "\",0." + n + ",true\r\n";
    text += n + ",plain,,false\n";
  }
  return text;
}

inline std::string JsonText() {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    text += "{\"id\": " + n + ", \"text\": \"\\u0928\\ud83d\\ude00 \\\"" + n +
            "\\n\", \"at\": {\"x\": [1.5, null, -" + n + "e3], \"y\": [[], [{\"z\": true}]]}}\n";
  }
  return text;
}

// What this process has taken at most so far; 0 under a sanitizer, whose own memory would count.
inline int64_t PeakBytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
#endif
}

class DamageTest : public SourceTest {
 protected:
  // `text`, as often as `times` says.
  std::string Compress(const std::string& text, arrow::Compression::type kind, int times = 1) {
    const auto codec = Must(arrow::util::Codec::Create(kind));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path("packed")));
    const auto packed = Must(arrow::io::CompressedOutputStream::Make(codec.get(), file));
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(packed->Write(text.data(), static_cast<int64_t>(text.size())).ok());
    }
    EXPECT_TRUE(packed->Close().ok());
    return Must(ReadFile(Path("packed")));
  }

  // Columns of every shape that formats store in their own way.
  static std::shared_ptr<arrow::Table> Shapes() {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
         arrow::field("flag", arrow::boolean()),
         arrow::field("when", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
         arrow::field("price", arrow::decimal128(12, 2)),
         arrow::field("tags", arrow::list(arrow::utf8())),
         arrow::field("at", arrow::struct_({arrow::field("x", arrow::float64()),
                                            arrow::field("y", arrow::list(arrow::int32()))}))});
    std::string rows = "[";
    for (int i = 0; i < 200; ++i) {
      const std::string n = std::to_string(i);
      rows += i == 0 ? "" : ",";
      rows += i % 7 == 0 ? "{\"id\": " + n + "}"
                         : "{\"id\": " + n + ", \"text\": \"नमस्ते " + n +
                               "\", \"flag\": true, \"when\": " + n + ", \"price\": \"" + n +
                               ".25\", \"tags\": [\"a\", null, \"" + n +
                               "\"], \"at\": {\"x\": 0.5, \"y\": [1, " + n + "]}}";
    }
    const auto array =
        Must(arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), rows + "]"));
    const auto batch = Must(arrow::RecordBatch::FromStructArray(array));
    return Must(arrow::Table::FromRecordBatches({batch}));
  }

  // In several row groups.
  std::string Parquet(parquet::Compression::type compression, bool dictionary) {
    const auto table = Shapes();
    const auto file = Must(arrow::io::FileOutputStream::Open(Path("good.parquet")));
    parquet::WriterProperties::Builder properties;
    properties.compression(compression)->write_batch_size(16)->data_pagesize(256);
    if (!dictionary) properties.disable_dictionary();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 64,
                                           properties.build())
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return Must(ReadFile(Path("good.parquet")));
  }

  // In several batches, with columns of dictionaries, of views and of views of lists.
  std::string Arrow(bool stream, arrow::Compression::type compression) {
    const auto shapes = Shapes();
    const auto texts = shapes->GetColumnByName("text")->chunk(0);
    const auto words = Must(arrow::compute::DictionaryEncode(texts)).make_array();
    const auto views = Must(arrow::compute::Cast(*texts, arrow::utf8_view()));
    auto table = Must(shapes->AddColumn(0, arrow::field("word", words->type()),
                                        std::make_shared<arrow::ChunkedArray>(words)));
    table = Must(table->AddColumn(1, arrow::field("view", views->type()),
                                  std::make_shared<arrow::ChunkedArray>(views)));
    std::string lists = "[";
    for (int64_t i = 0; i < table->num_rows(); ++i) {
      lists += std::string(i == 0 ? "" : ",") + (i % 5 == 0 ? "null" : "[1, null, 3]");
    }
    const auto list_views =
        Must(arrow::json::ArrayFromJSONString(arrow::list_view(arrow::int32()), lists + "]"));
    table = Must(table->AddColumn(2, arrow::field("lists", list_views->type()),
                                  std::make_shared<arrow::ChunkedArray>(list_views)));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path("good.arrow")));
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    if (compression != arrow::Compression::UNCOMPRESSED) {
      options.codec = Must(arrow::util::Codec::Create(compression));
    }
    const auto writer = Must(stream ? arrow::ipc::MakeStreamWriter(file, table->schema(), options)
                                    : arrow::ipc::MakeFileWriter(file, table->schema(), options));
    EXPECT_TRUE(writer->WriteTable(*table, 64).ok());
    EXPECT_TRUE(writer->Close().ok());
    EXPECT_TRUE(file->Close().ok());
    return Must(ReadFile(Path("good.arrow")));
  }
};

}  // namespace tideway::dataset::testing
