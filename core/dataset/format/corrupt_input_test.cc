// Damaged files, many of them: each is read to an error or to valid rows, whatever was flipped, cut
// out or put in. Run under the sanitizers this is what a fuzzer would try first.
#include <gmock/gmock.h>

#include <random>

#include "core/dataset/format/damage_testing_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/sinks.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary

class CorruptInputTest : public DamageTest {
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
      const ErrorKind kind = KindOf(rows.status());
      // The length of an Arrow buffer may be damaged to more than there is memory for.
      const bool refused =
          kind == ErrorKind::kData || (kind == ErrorKind::kMemory && node->op() == "read.arrow");
      EXPECT_TRUE(refused) << rows.status().ToString();
      ++refused_;
    } else if (announced.ok() && *announced) {
      EXPECT_EQ((*rows)->num_rows(), **announced);
    }
  }

  std::mt19937_64 random_{20240229};
  int refused_ = 0;
};

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
      for (int i = 0; i < 150; ++i) {
        const size_t from = i % 2 == 0 ? 0 : good.size() - good.size() / 4;  // the footer
        ReadDamaged("bad.parquet", Damage(good, from),
                    [](const auto& path) { return ReadParquet({path}); });
      }
    }
  }
  EXPECT_GT(refused_, 400);
}

TEST_F(CorruptInputTest, DamagedArrowFilesAndStreamsAreAnErrorOrRows) {
  for (const bool stream : {false, true}) {
    for (const auto compression : {arrow::Compression::UNCOMPRESSED, arrow::Compression::LZ4_FRAME,
                                   arrow::Compression::ZSTD}) {
      const std::string good = Arrow(stream, compression);
      for (int i = 0; i < 150; ++i) {
        const size_t from = i % 2 == 0 ? 0 : good.size() - good.size() / 8;  // the footer of a file
        ReadDamaged("bad.arrow", Damage(good, from),
                    [](const auto& path) { return ReadArrow({path}); });
      }
      // Single bits: lengths, offsets and types that are nearly right.
      for (int i = 0; i < 150; ++i) {
        std::string bytes = good;
        bytes[random_() % bytes.size()] ^= static_cast<char>(1 << random_() % 8);
        ReadDamaged("bad.arrow", bytes, [](const auto& path) { return ReadArrow({path}); });
      }
    }
  }
  EXPECT_GT(refused_, 1000);
}

TEST_F(CorruptInputTest, SmallArchiveOfOneEndlessLineIsRefusedInBoundedMemory) {
  const std::string part(1 << 20, 'x');
  for (const auto kind : {arrow::Compression::GZIP, arrow::Compression::ZSTD}) {
    const auto path = Put("bomb", Compress(part, kind, 600));
    EXPECT_LT(std::filesystem::file_size(path), 1 << 20);
    const int64_t before = PeakBytes();
    for (const NodePtr& node : {ReadCsv({path}), ReadJsonl({path}), ReadText({path})}) {
      const Status status = Read(node).status();
      EXPECT_EQ(KindOf(status), ErrorKind::kData);
      EXPECT_THAT(status.message(),
                  ::testing::HasSubstr(path + ":1: a record of more than 64 MiB"));
    }
    EXPECT_LT(PeakBytes() - before, 300 << 20);
  }
}

TEST_F(CorruptInputTest, SmallArchiveOfVeryManyLinesIsReadInBoundedMemory) {
  const auto path =
      Put("bomb", Compress(std::string(1 << 20, '\n'), arrow::Compression::ZSTD, 100));
  RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  CountSink sink;
  const int64_t before = PeakBytes();
  ASSERT_STATUS(Execute(*ReadText({path}), sink, run));
  EXPECT_EQ(sink.rows(), int64_t{100} << 20);
  EXPECT_LT(PeakBytes() - before, 80 << 20);
}

TEST_F(CorruptInputTest, FolderOrBrokenLinkAmongTheFilesOfAPatternIsNamed) {
  Put("a.jsonl", "{}\n");
  Put("c.jsonl", "{}\n");
  std::filesystem::create_directory(Path("b.jsonl"));
  const Status folder = Read(ReadJsonl({Path("*.jsonl")})).status();
  EXPECT_THAT(folder.message(), ::testing::HasSubstr(Path("b.jsonl")));
  std::filesystem::remove(Path("b.jsonl"));
  std::filesystem::create_symlink("nowhere", Path("b.jsonl"));
  const Status link = Read(ReadJsonl({Path("*.jsonl")})).status();
  EXPECT_EQ(KindOf(link), ErrorKind::kNotFound);
  EXPECT_THAT(link.message(), ::testing::HasSubstr(Path("b.jsonl")));
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
