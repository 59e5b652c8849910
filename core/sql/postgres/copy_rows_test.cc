#include "core/sql/postgres/copy_rows.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/bit_flips_internal.h"

namespace tideway::sql::postgres {
namespace {

using std::string_literals::operator""s;

const std::string kHeader = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"s;
const std::string kRow = "\0\2\0\0\0\2ab\377\377\377\377"s;  // "ab", null
const std::string kTrailer = "\377\377"s;

// All rows of `messages`, as "ab|null " each; an error as its message.
std::string Read(const std::vector<std::string>& messages, size_t columns = 2) {
  CopyRows rows(columns);
  std::vector<Field> fields;
  std::string text;
  for (const std::string& message : messages) {
    rows.Feed(message);
    while (true) {
      const auto more = rows.Next(&fields);
      if (!more.ok()) return more.status().message();
      if (!*more) break;
      for (const Field& field : fields) {
        text += (&field == fields.data() ? "" : "|");
        text += field.data() == nullptr ? "null" : std::string(field);
      }
      text += ' ';
    }
  }
  return rows.ended() ? text : text + "unfinished";
}

constexpr const char* kMalformed = "sql: the server sent a malformed COPY stream";

TEST(CopyRows, AreReadHoweverTheHeaderComes) {
  EXPECT_EQ(Read({kHeader, kRow, kRow, kTrailer}), "ab|null ab|null ");
  EXPECT_EQ(Read({kHeader + kRow, kRow, kTrailer}), "ab|null ab|null ");
  EXPECT_EQ(Read({kHeader + kRow + kRow + kTrailer}), "ab|null ab|null ");
  EXPECT_EQ(Read({kHeader + kTrailer}), "");
}

TEST(CopyRows, EmptyTextIsNotNull) {
  EXPECT_EQ(Read({kHeader + "\0\1\0\0\0\0"s + kTrailer}, 1), " ");
}

TEST(CopyRows, ExtensionOfTheHeaderIsSkipped) {
  EXPECT_EQ(Read({"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\3xyz"s + kRow, kTrailer}), "ab|null ");
}

TEST(CopyRows, EveryCutMessageIsAnError) {
  for (size_t size = 1; size < kRow.size(); ++size) {
    EXPECT_EQ(Read({kHeader, kRow.substr(0, size)}), kMalformed) << size;
  }
  for (size_t size = 1; size < kHeader.size(); ++size) {
    EXPECT_EQ(Read({kHeader.substr(0, size)}), kMalformed) << size;
  }
}

TEST(CopyRows, WrongCountsAndLengthsAreErrors) {
  EXPECT_EQ(Read({kHeader, "\0\1\0\0\0\2ab"s}), kMalformed);             // too few fields
  EXPECT_EQ(Read({kHeader, "\0\3\0\0\0\2ab"s}), kMalformed);             // too many
  EXPECT_EQ(Read({kHeader, "\377\376\0\0\0\2ab"s}), kMalformed);         // fewer than none
  EXPECT_EQ(Read({kHeader, "\0\1\177\377\377\377ab"s}, 1), kMalformed);  // 2 GiB of two bytes
  EXPECT_EQ(Read({kHeader, "\0\1\377\377\377\376"s}, 1), kMalformed);    // length -2
  EXPECT_EQ(Read({"pgcopy"s + kHeader.substr(6), kRow}), kMalformed);
}

TEST(CopyRows, NothingMayFollowTheTrailer) {
  EXPECT_EQ(Read({kHeader + kTrailer + "x"}), kMalformed);
  EXPECT_EQ(Read({kHeader + kTrailer, kRow}), kMalformed);
}

TEST(CopyRows, StreamWithoutTrailerIsUnfinished) {
  EXPECT_EQ(Read({kHeader, kRow}), "ab|null unfinished");
}

TEST(CopyRows, AFlippedBitIsAnErrorOrFieldsInsideTheMessage) {
  std::string stream = kHeader;
  for (int i = 0; i < 20; ++i) stream += kRow + "\0\2\0\0\0\0\0\0\0\3xyz"s;
  BitFlips flips(stream + kTrailer);
  while (flips.Next()) {
    const std::string_view message = flips.bytes();
    CopyRows rows(2);
    rows.Feed(message);
    std::vector<Field> fields;
    for (auto more = rows.Next(&fields); more.ok() && *more; more = rows.Next(&fields)) {
      ASSERT_EQ(fields.size(), 2u);
      for (const Field& field : fields) {
        if (field.data() == nullptr) continue;
        ASSERT_GE(field.data(), message.data());
        ASSERT_LE(field.data() + field.size(), message.data() + message.size());
      }
    }
  }
}

}  // namespace
}  // namespace tideway::sql::postgres
