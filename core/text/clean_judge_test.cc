// The kernel against Python itself: tests/support/judge_clean.py computes the same with `re`.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "core/text/clean.h"

namespace tideway::text {
namespace {

// The soak asks for more.
int64_t StringCount() {
  const char* wanted = std::getenv("TIDEWAY_CLEAN_STRINGS");
  return wanted == nullptr ? 120'000 : std::stoll(wanted);
}
constexpr uint64_t kSeed = 20'240'607;

// What the strings are made of: as much as possible that cleaning looks at, or nearly looks at.
const std::vector<std::string> kParts = {
    "<",
    ">",
    "\n",
    " ",
    "<",
    ">",
    "\n",
    " ",
    "  ",
    "\t",
    "\r\n",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x1f",
    "\x1b",
    "\x08",
    "\x0e",
    "\u0085",
    "\u00a0",
    "\u1680",
    "\u2000",
    "\u2005",
    "\u200a",
    "\u2028",
    "\u2029",
    "\u202f",
    "\u205f",
    "\u3000",
    "\u200b",
    "\u180e",
    "\u2060",
    "\ufeff",
    "\u2027",
    "\u2030",
    "\u3001",
    "\u0084",
    "\u00a1",
    "http://",
    "https://",
    "www.",
    "http://",
    "https://",
    "www.",
    "http:/",
    "http:",
    "httpss://",
    "HTTP://",
    "Www.",
    "ww.",
    "wwww.",
    "hhttp://",
    "htt",
    "p://",
    "h",
    "w",
    "s://",
    ".",
    "/",
    "://",
    "a",
    "x",
    "नेपाल",
    "काठमाडौं",
    "सडक",
    "।",
    "😀",
    "𝔘",
    "é",
    "ß",
    "中文",
    "かな",
    "<b>",
    "</b>",
    "<br/>",
    "<a href=",
    "<a\n>",
    "\"",
    "word",
    "sentence",
    "example.com/p?q=1",
    "&nbsp;",
    "<!--",
    "-->",
    "<>",
    std::string(1, '\0'),
};

// Broken UTF-8: lone continuations, cut and overlong sequences, surrogates.
const std::vector<std::string> kBrokenParts = {
    "\x80",     "\xe3",         "\xe3\x80",     "\x80\x80",         "\xc2",
    "\xa0",     "\xe2\x80",     "\xe1\x9a",     "\xc0\xa0",         "\xff",
    "\xf0\x9f", "\xe0\x80\xa0", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2",
    "\xe1",
};

std::string HostileString(std::mt19937_64& random) {
  const bool broken = random() % 4 == 0;
  // Mostly short, so that parts meet the ends often; some longer than the blocks of the scan.
  const uint64_t parts = random() % (random() % 16 == 0 ? 120 : 14);
  std::string text;
  for (uint64_t i = 0; i < parts; ++i) {
    const auto& from = broken && random() % 3 == 0 ? kBrokenParts : kParts;
    text += from[random() % from.size()];
  }
  return text;
}

CleanOptions Combination(int bits) {
  return {.urls = (bits & 1) != 0,
          .html = (bits & 2) != 0,
          .newlines = (bits & 4) != 0,
          .whitespace = (bits & 8) != 0};
}

std::shared_ptr<arrow::Array> AsBinary(const arrow::Array& column) {
  return column.View(arrow::binary()).ValueOrDie();
}

// Column `input`, and one of cleaned text for each combination of options: "0" to "15".
std::shared_ptr<arrow::Table> CleanedTable() {
  std::mt19937_64 random(kSeed);
  arrow::StringBuilder builder;
  for (int64_t i = 0, count = StringCount(); i < count; ++i)
    EXPECT_TRUE(builder.Append(HostileString(random)).ok());
  const std::shared_ptr<arrow::Array> input = builder.Finish().ValueOrDie();

  dataset::Worker worker(0);
  arrow::FieldVector fields = {arrow::field("input", arrow::binary())};
  arrow::ArrayVector columns = {AsBinary(*input)};
  for (int bits = 0; bits < 16; ++bits) {
    const auto cleaned = MakeClean(Combination(bits))->Apply(input, worker).ValueOrDie();
    fields.push_back(arrow::field(std::to_string(bits), arrow::binary()));
    columns.push_back(AsBinary(*cleaned));
  }
  return arrow::Table::Make(arrow::schema(fields), columns);
}

Status WriteIpc(const arrow::Table& table, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(file, table.schema()));
  RETURN_NOT_OK(writer->WriteTable(table));
  RETURN_NOT_OK(writer->Close());
  return file->Close();
}

TEST(CleanJudge, PythonAgreesOnHostileStrings) {
  const std::string python = TIDEWAY_SOURCE_DIR "/.deps/python/bin/python";
  const std::string judge = TIDEWAY_SOURCE_DIR "/tests/support/judge_clean.py";
  ASSERT_TRUE(std::filesystem::exists(python)) << python << " is missing: run ./dev test";
  const std::string path =
      ::testing::TempDir() + "tideway_clean_" + std::to_string(getpid()) + ".arrow";
  ASSERT_TRUE(WriteIpc(*CleanedTable(), path).ok());
  const std::string command =
      "'" + python + "' '" + judge + "' '" + path + "' " + std::to_string(StringCount());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tideway::text
