#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/dataset/format/column_executor_internal.h"
#include "core/dataset/format/parquet_file_internal.h"

namespace tideway::dataset {
namespace {

constexpr auto kCodec = parquet::Compression::SNAPPY;
constexpr int kRows = 4000;

const SchemaPtr kSchema =
    arrow::schema({arrow::field("text", arrow::utf8()), arrow::field("label", arrow::utf8()),
                   arrow::field("ids", arrow::list(arrow::int32())),
                   arrow::field("image", arrow::binary()), arrow::field("nothing", arrow::null())},
                  arrow::key_value_metadata({"huggingface"}, {"{}"}));

// Text of pages that fall out of their dictionary, labels of one that stays, lists and nulls.
BatchPtr Rows(int first) {
  arrow::StringBuilder text;
  arrow::StringBuilder label;
  arrow::ListBuilder ids(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  auto& id = static_cast<arrow::Int32Builder&>(*ids.value_builder());
  arrow::BinaryBuilder image;
  for (int row = first; row < first + kRows; ++row) {
    const std::string word = fmt::format("{:x} ", row * 2654435761U);
    std::string many;
    for (int i = 0; i < row % 200; ++i) many += word;
    EXPECT_TRUE((row % 11 == 0 ? text.AppendNull() : text.Append(many)).ok());
    EXPECT_TRUE(label.Append(row % 3 == 0 ? "good" : "bad").ok());
    EXPECT_TRUE((row % 7 == 0 ? ids.AppendNull() : ids.Append()).ok());
    for (int i = 0; row % 7 != 0 && i < row % 5; ++i) EXPECT_TRUE(id.Append(row + i).ok());
    EXPECT_TRUE(image.Append(word).ok());
  }
  return arrow::RecordBatch::Make(kSchema, kRows,
                                  {*text.Finish(), *label.Finish(), *ids.Finish(), *image.Finish(),
                                   std::make_shared<arrow::NullArray>(kRows)});
}

std::shared_ptr<parquet::WriterProperties> Properties() {
  parquet::WriterProperties::Builder builder;
  builder.compression(kCodec)
      ->enable_write_page_index()
      ->enable_content_defined_chunking()
      ->content_defined_chunking_options({16 * 1024, 64 * 1024, 0})
      ->compression("image", parquet::Compression::UNCOMPRESSED)
      ->disable_dictionary("image");
  return builder.build();
}

// The bytes of a file of `groups` row groups of `blocks` blocks each.
std::string Written(parquet::arrow::FileWriter& writer, arrow::io::BufferOutputStream& sink,
                    int groups, int blocks) {
  for (int group = 0; group < groups; ++group) {
    EXPECT_TRUE(writer.NewBufferedRowGroup().ok());
    for (int block = 0; block < blocks; ++block) {
      EXPECT_TRUE(writer.WriteRecordBatch(*Rows((group * blocks + block) * kRows)).ok());
    }
  }
  EXPECT_TRUE(writer.AddKeyValueMetadata(arrow::key_value_metadata({"more"}, {"here"})).ok());
  EXPECT_TRUE(writer.Close().ok());
  return (*sink.Finish())->ToString();
}

std::string WrittenByArrow(int groups, int blocks) {
  auto sink = *arrow::io::BufferOutputStream::Create();
  parquet::ArrowWriterProperties::Builder arrow_properties;
  arrow_properties.store_schema();
  auto writer = *parquet::arrow::FileWriter::Open(*kSchema, arrow::default_memory_pool(), sink,
                                                  Properties(), arrow_properties.build());
  return Written(*writer, *sink, groups, blocks);
}

std::string WrittenHere(int groups, int blocks) {
  auto sink = *arrow::io::BufferOutputStream::Create();
  const auto codec = *arrow::util::Codec::Create(kCodec);
  PageQueue pages(codec.get());
  ColumnExecutor columns(kSchema->num_fields(), pages);
  parquet::ArrowWriterProperties::Builder arrow_properties;
  arrow_properties.store_schema();
  arrow_properties.set_use_threads(true)->set_executor(&columns);
  auto writer = *OpenParquetFile(kSchema, sink, Properties(), arrow_properties.build(), pages);
  return Written(*writer, *sink, groups, blocks);
}

TEST(ParquetFileTest, BytesAreThoseOfArrowsOwnFile) {
  EXPECT_TRUE(WrittenHere(1, 1) == WrittenByArrow(1, 1));
  EXPECT_TRUE(WrittenHere(3, 4) == WrittenByArrow(3, 4));
}

TEST(ParquetFileTest, FileWithoutRowGroupsIsThatOfArrow) {
  EXPECT_EQ(WrittenHere(0, 0), WrittenByArrow(0, 0));
}

// A codec that fails is met when the page is written, with its own error.
class FailingCodec : public arrow::util::Codec {
 public:
  arrow::Result<int64_t> Decompress(int64_t, const uint8_t*, int64_t, uint8_t*) override {
    return arrow::Status::NotImplemented("only fails");
  }
  arrow::Result<int64_t> Compress(int64_t, const uint8_t*, int64_t, uint8_t*) override {
    return arrow::Status::IOError("the codec is tired");
  }
  int64_t MaxCompressedLen(int64_t size, const uint8_t*) override { return size; }
  arrow::Result<std::shared_ptr<arrow::util::Compressor>> MakeCompressor() override {
    return arrow::Status::NotImplemented("only fails");
  }
  arrow::Result<std::shared_ptr<arrow::util::Decompressor>> MakeDecompressor() override {
    return arrow::Status::NotImplemented("only fails");
  }
  arrow::Compression::type compression_type() const override { return kCodec; }
  int minimum_compression_level() const override { return 0; }
  int maximum_compression_level() const override { return 0; }
  int default_compression_level() const override { return 0; }
};

TEST(ParquetFileTest, PageThatCannotBeCompressedIsTheErrorOfTheWrite) {
  auto sink = *arrow::io::BufferOutputStream::Create();
  FailingCodec codec;
  PageQueue pages(&codec);
  ColumnExecutor columns(kSchema->num_fields(), pages);
  parquet::ArrowWriterProperties::Builder arrow_properties;
  arrow_properties.set_use_threads(true)->set_executor(&columns);
  auto writer = *OpenParquetFile(kSchema, sink, Properties(), arrow_properties.build(), pages);
  ASSERT_TRUE(writer->NewBufferedRowGroup().ok());
  ASSERT_TRUE(writer->WriteRecordBatch(*Rows(0)).ok());
  const Status status = writer->NewBufferedRowGroup();
  EXPECT_TRUE(status.IsIOError()) << status;
  EXPECT_NE(status.message().find("the codec is tired"), std::string::npos) << status;
}

}  // namespace
}  // namespace tideway::dataset
