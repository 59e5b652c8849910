// Damaged files, many of them: each is read to an error or to valid rows, whatever was flipped, cut
// out or put in. Run under the sanitizers this is what a fuzzer would try first.
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>

#include <random>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary

class CorruptInputTest : public SourceTest {
 protected:
  // One of four kinds of damage at a place in [from, end of `bytes`).
  std::string Damage(std::string bytes, size_t from = 0) {
    for (uint64_t left = 1 + random_() % 3; left > 0 && bytes.size() > from; --left) {
      const size_t at = from + random_() % (bytes.size() - from);
      const size_t count = std::min<size_t>(1 + random_() % 16, bytes.size() - at);
      switch (random_() % 4) {
        case 0:
          bytes[at] ^= static_cast<char>(1 << random_() % 8);
          break;
        case 1:
          bytes[at] = static_cast<char>(random_());
          break;
        case 2:
          bytes.erase(at, count);
          break;
        default:
          bytes.insert(at, bytes.substr(random_() % bytes.size(), count));
      }
    }
    return bytes;
  }

  // Reads `bytes` as the rows of `read`: a table whose rows are as many as announced, or an error
  // of kind data.
  void ReadDamaged(const std::string& name, const std::string& bytes,
                   const std::function<NodePtr(const std::string&)>& read) {
    const NodePtr node = read(Put(name, bytes));
    RunContext run({.workers = 2, .memory_bytes = 64 << 20});
    const auto announced = node->KnownRows(run);
    const auto rows = Read(node, run);
    if (!rows.ok()) {
      EXPECT_EQ(KindOf(rows.status()), ErrorKind::kData) << rows.status().ToString();
      ++refused_;
    } else if (announced.ok() && *announced) {
      EXPECT_EQ((*rows)->num_rows(), **announced);
    }
  }

  std::string Compress(const std::string& text, arrow::Compression::type kind) {
    const auto codec = Must(arrow::util::Codec::Create(kind));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path("packed")));
    const auto packed = Must(arrow::io::CompressedOutputStream::Make(codec.get(), file));
    EXPECT_TRUE(packed->Write(text.data(), static_cast<int64_t>(text.size())).ok());
    EXPECT_TRUE(packed->Close().ok());
    return Must(ReadFile(Path("packed")));
  }

  // Columns of every shape that Parquet stores in its own way, in several row groups.
  std::string Parquet(parquet::Compression::type compression, bool dictionary) {
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
    const auto table = Must(arrow::Table::FromRecordBatches({batch}));
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

  std::mt19937_64 random_{20240229};
  int refused_ = 0;
};

std::string CsvText() {
  std::string text = "id,message,ratio,flag\n";
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    text += n + ",\"नमस्ते \"\"" + n + "\"\"\nsecond line, " + n + "\",0." + n + ",true\r\n";
    text += n + ",plain,,false\n";
  }
  return text;
}

std::string JsonText() {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    text += "{\"id\": " + n + ", \"text\": \"\\u0928\\ud83d\\ude00 \\\"" + n +
            "\\n\", \"at\": {\"x\": [1.5, null, -" + n + "e3], \"y\": [[], [{\"z\": true}]]}}\n";
  }
  return text;
}

TEST_F(CorruptInputTest, DamagedCsvIsAnErrorOrRows) {
  const std::string good = CsvText();
  for (int i = 0; i < 1500; ++i) {
    ReadDamaged("bad.csv", Damage(good), [](const auto& path) { return ReadCsv({path}); });
  }
  EXPECT_GT(refused_, 100);
}

TEST_F(CorruptInputTest, DamagedCsvWithDeclaredTypesIsAnErrorOrRows) {
  const std::string good = CsvText();
  for (int i = 0; i < 500; ++i) {
    ReadDamaged("bad.csv", Damage(good), [](const auto& path) {
      return ReadCsv(
          {path},
          {.types = {
               {"id", "int64"}, {"message", "string"}, {"ratio", "float64"}, {"flag", "bool"}}});
    });
  }
  EXPECT_GT(refused_, 50);
}

TEST_F(CorruptInputTest, DamagedJsonLinesAreAnErrorOrRows) {
  const std::string good = JsonText();
  for (int i = 0; i < 1500; ++i) {
    ReadDamaged("bad.jsonl", Damage(good), [](const auto& path) { return ReadJsonl({path}); });
  }
  EXPECT_GT(refused_, 500);
}

TEST_F(CorruptInputTest, DamagedCompressedFilesAreAnErrorOrRows) {
  for (const auto kind : {arrow::Compression::GZIP, arrow::Compression::ZSTD}) {
    const std::string json = Compress(JsonText(), kind);
    const std::string csv = Compress(CsvText(), kind);
    for (int i = 0; i < 400; ++i) {
      ReadDamaged("bad", Damage(json), [](const auto& path) { return ReadJsonl({path}); });
      ReadDamaged("bad", Damage(csv), [](const auto& path) { return ReadCsv({path}); });
    }
  }
  EXPECT_GT(refused_, 1000);
}

TEST_F(CorruptInputTest, DamagedParquetIsAnErrorOrAsManyRowsAsItsFooterSays) {
  for (const auto compression : {parquet::Compression::UNCOMPRESSED, parquet::Compression::ZSTD}) {
    for (const bool dictionary : {false, true}) {
      const std::string good = Parquet(compression, dictionary);
      for (int i = 0; i < 400; ++i) {
        const size_t from = i % 2 == 0 ? 0 : good.size() - good.size() / 4;  // the footer
        ReadDamaged("bad.parquet", Damage(good, from),
                    [](const auto& path) { return ReadParquet({path}); });
      }
    }
  }
  EXPECT_GT(refused_, 400);
}

TEST_F(CorruptInputTest, FilesCutAtEveryByteAreAnErrorOrRows) {
  const std::string csv = CsvText().substr(0, 300);
  const std::string json = JsonText().substr(0, 300);
  const std::string packed = Compress(json, arrow::Compression::GZIP);
  for (size_t size = 1; size < 300; ++size) {
    ReadDamaged("cut.csv", csv.substr(0, size), [](const auto& path) { return ReadCsv({path}); });
    ReadDamaged("cut.jsonl", json.substr(0, size),
                [](const auto& path) { return ReadJsonl({path}); });
    ReadDamaged("cut.gz", packed.substr(0, size),
                [](const auto& path) { return ReadJsonl({path}); });
  }
}

}  // namespace
}  // namespace tideway::dataset
