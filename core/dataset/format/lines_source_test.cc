#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

class LinesSourceTest : public SourceTest {
 protected:
  std::string Lines(const std::string& text) {
    return Json(Must(Read(ReadText({Put("a.txt", text)}))));
  }
};

TEST_F(LinesSourceTest, EachLineIsARowOfOneColumn) {
  const auto rows = Must(Read(ReadText({Put("a.txt", "one\n\n  two \n")})));
  EXPECT_EQ(rows->schema()->ToString(), "text: string");
  EXPECT_EQ(Json(rows), R"(["one","","  two "])");
}

TEST_F(LinesSourceTest, LineEndsTheMarkAndAMissingLastNewlineAreNoText) {
  EXPECT_EQ(Lines("\xef\xbb\xbf"
                  "a\r\nb\r\n"),
            R"(["a","b"])");
  EXPECT_EQ(Lines("a\nb"), R"(["a","b"])");
  EXPECT_EQ(Lines("a\r"), R"(["a"])");
  EXPECT_EQ(Lines("\n"), R"([""])");
  EXPECT_EQ(Lines(""), "[]");
}

TEST_F(LinesSourceTest, TextThatIsNotUtf8IsRefusedWithFileAndLine) {
  const auto path = Put("a.txt", "one\n\ncaf\xe9\n");
  const Status status = Read(ReadText({path})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("read.text: " + path + ":3: text that is not UTF-8"));
}

TEST_F(LinesSourceTest, ManyBlocksKeepTheOrderOfLines) {
  std::string text;
  for (int i = 0; i < 900'000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto rows = Must(Read(ReadText({Put("a.txt", text)})));
  ASSERT_EQ(rows->num_rows(), 900'000);
  const auto lines = std::static_pointer_cast<arrow::StringArray>(rows->column(0)->chunk(0));
  for (int64_t i = 0; i < 900'000; ++i) {
    ASSERT_EQ(lines->GetView(i), "line " + std::to_string(i));
  }
}

TEST_F(LinesSourceTest, CompressedFilesOfAFolderAreReadByTheirFirstBytes) {
  for (const auto kind : {arrow::Compression::GZIP, arrow::Compression::ZSTD}) {
    const auto codec = Must(arrow::util::Codec::Create(kind));
    const std::string name = kind == arrow::Compression::GZIP ? "b.txt.gz" : "c.txt.zst";
    const auto file = Must(arrow::io::FileOutputStream::Open(Path(name)));
    const auto packed = Must(arrow::io::CompressedOutputStream::Make(codec.get(), file));
    ASSERT_STATUS(packed->Write(name.data(), static_cast<int64_t>(name.size())));
    ASSERT_STATUS(packed->Close());
  }
  Put("a.txt", "a.txt\n");
  Put("a.md", "not this\n");
  EXPECT_EQ(Json(Must(Read(ReadText({folder_})))), R"(["a.txt","b.txt.gz","c.txt.zst"])");
}

TEST_F(LinesSourceTest, LineOfMoreThan64MiBIsRefusedWithItsNumber) {
  const auto path = Put("a.txt", "one\n" + std::string(70 << 20, 'x') + "\n");
  const Status status = Read(ReadText({path})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr(path + ":2: a record of more than 64 MiB"));
}

TEST_F(LinesSourceTest, InputsAreRecorded) {
  const auto path = Put("a.txt", "a\nb\n");
  RunContext run({.workers = 2});
  Must(Read(ReadText({path}), run));
  ASSERT_EQ(run.inputs().size(), 1u);
  EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Must(Sha256File(path)));
}

}  // namespace
}  // namespace tideway::dataset
