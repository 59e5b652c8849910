// One flipped bit in a file of any format is an error or gives valid rows, in bounded memory.
// TIDEWAY_FLIPS says how many for each file (core/base/bit_flips_internal.h).
#include <arrow/table.h>
#include <gmock/gmock.h>

#include "core/base/bit_flips_internal.h"
#include "core/dataset/format/damage_testing_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/op/filter_by.h"
#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary

class BitFlipsTest : public DamageTest {
 protected:
  using Reader = std::function<NodePtr(const std::string& path)>;

  // Reads the file with each flip. `same`: the rows are those of the good file, where there are
  // any, as a checksum guards them.
  void Flip(const std::string& good, const Reader& read, bool same = false) {
    const int64_t peak_before = PeakBytes();
    const auto expected = Must(Rows(good, read));
    BitFlips flips(good);
    while (flips.Next()) {
      SCOPED_TRACE("byte " + std::to_string(flips.at()));
      const auto rows = Rows(flips.bytes(), read);
      ++(rows.ok() ? given_ : refused_);
      if (!rows.ok()) {
        ExpectRefusal(rows.status());
        continue;
      }
      EXPECT_TRUE((*rows)->ValidateFull().ok()) << (*rows)->ValidateFull().ToString();
      EXPECT_TRUE(!same || (*rows)->Equals(*expected));
    }
    EXPECT_LT(PeakBytes() - peak_before, kMostBytes);
  }

  // Damage is an error of kind data, of memory where it makes a length too large, or of usage where
  // it changes the name of a column that is asked for.
  static void ExpectRefusal(const Status& status) {
    const ErrorKind kind = KindOf(status);
    EXPECT_TRUE(kind == ErrorKind::kData || kind == ErrorKind::kMemory || kind == ErrorKind::kUsage)
        << status.ToString();
  }
  Result<std::shared_ptr<arrow::Table>> Rows(const std::string& bytes, const Reader& read) {
    RunContext run({.workers = 2, .memory_bytes = 64 << 20});
    return Read(read(Put("flipped", bytes)), run);
  }

  static constexpr int64_t kMostBytes = 300 << 20;
  int64_t given_ = 0;
  int64_t refused_ = 0;
};

NodePtr Csv(const std::string& path) { return ReadCsv({path}); }
NodePtr Jsonl(const std::string& path) { return ReadJsonl({path}); }
NodePtr Text(const std::string& path) { return ReadText({path}); }
NodePtr ReadOneParquet(const std::string& path) { return ReadParquet({path}); }
NodePtr ReadOneArrow(const std::string& path) { return ReadArrow({path}); }

TEST_F(BitFlipsTest, FilesOfTextAreAnErrorOrRows) {
  Flip(CsvText(), Csv);
  Flip(CsvText(), [](const std::string& path) {
    return ReadCsv(
        {path},
        {.types = {
             {"id", "int64"}, {"message", "string"}, {"ratio", "float64"}, {"flag", "bool"}}});
  });
  Flip(CsvText(),
       [](const std::string& path) { return ReadCsv({path}, {.broken = BrokenRecords::kDrop}); });
  Flip(JsonText(), Jsonl);
  Flip(JsonText(), [](const std::string& path) { return ReadJsonl({path}, BrokenRecords::kDrop); });
  Flip(JsonText(), Text);
  EXPECT_GT(refused_, given_ / 20);
}

TEST_F(BitFlipsTest, ArchivesWithAChecksumAreAnErrorOrTheSameRows) {
  Flip(Compress(CsvText(), arrow::Compression::GZIP), Csv, true);
  Flip(Compress(JsonText(), arrow::Compression::GZIP), Jsonl, true);
  EXPECT_GT(refused_, given_);
}

TEST_F(BitFlipsTest, ArchivesThatTidewayWroteAreAnErrorOrTheSameRows) {
  const auto batch = MakeBatch(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())}),
      {"[1, 2, 3]", R"(["one", "two, \"quoted\"", "three"])"});
  const NodePtr plan = FromTable(*arrow::Table::FromRecordBatches({batch}));
  for (const std::string name : {"a.jsonl.gz", "a.jsonl.zst"}) {
    RunContext run({.workers = 2});
    Must(WriteFiles({{"train", plan}}, {.path = Path(name)}, *MakeJsonlFormat(), run));
    Flip(Must(ReadFile(Path(name))), Jsonl, true);
  }
}

TEST_F(BitFlipsTest, ArchivesWithoutAChecksumAreAnErrorOrRows) {
  Flip(Compress(CsvText(), arrow::Compression::ZSTD), Csv);
  Flip(Compress(JsonText(), arrow::Compression::ZSTD), Text);
}

TEST_F(BitFlipsTest, ParquetIsAnErrorOrRows) {
  const auto filtered = [](const std::string& path) {
    const auto condition =
        Must(MakeCall("lt", {MakeColumn("id"), MakeLiteral(arrow::MakeScalar(int64_t{70}))}));
    return MakeSelect(MakeFilterBy(ReadParquet({path}), condition), {"id", "tags"});
  };
  for (const auto compression : {parquet::Compression::UNCOMPRESSED, parquet::Compression::SNAPPY,
                                 parquet::Compression::ZSTD}) {
    for (const bool dictionary : {false, true}) {
      const std::string good = Parquet(compression, dictionary);
      Flip(good, ReadOneParquet);
      Flip(good, filtered);
    }
  }
  EXPECT_GT(refused_, given_ / 20);
}

TEST_F(BitFlipsTest, ArrowFilesAndStreamsAreAnErrorOrRows) {
  for (const bool stream : {false, true}) {
    for (const auto compression : {arrow::Compression::UNCOMPRESSED, arrow::Compression::LZ4_FRAME,
                                   arrow::Compression::ZSTD}) {
      Flip(Arrow(stream, compression), ReadOneArrow);
    }
  }
  EXPECT_GT(refused_, given_ / 20);
}

}  // namespace
}  // namespace tideway::dataset
