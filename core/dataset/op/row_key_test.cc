#include "core/dataset/op/row_key.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Rows;

std::vector<std::string> Keys(const BatchPtr& batch, const std::vector<SortKey>& keys) {
  const auto encoded = RowKeys::Make(*batch->schema(), keys, "sort")->Encode(*batch).ValueOrDie();
  std::vector<std::string> texts;
  for (int64_t row = 0; row < encoded->length(); ++row) texts.push_back(encoded->GetString(row));
  return texts;
}

std::vector<std::string> Keys(const std::shared_ptr<arrow::DataType>& type, const std::string& json,
                              SortKey key = {"x"}) {
  key.column = "x";
  return Keys(Rows(arrow::schema({arrow::field("x", type)}), {json}), {key});
}

struct Ascending {
  std::shared_ptr<arrow::DataType> type;
  std::string cells;  // each above the one before, null last
};

class RowKeyOrderTest : public ::testing::TestWithParam<Ascending> {};

TEST_P(RowKeyOrderTest, SortsAsTheValuesDo) {
  const auto keys = Keys(GetParam().type, GetParam().cells);
  for (size_t i = 1; i < keys.size(); ++i) EXPECT_LT(keys[i - 1], keys[i]) << i;
}

TEST_P(RowKeyOrderTest, DescendingTurnsAllButNull) {
  const auto keys = Keys(GetParam().type, GetParam().cells, {.column = "x", .descending = true});
  for (size_t i = 1; i + 1 < keys.size(); ++i) EXPECT_GT(keys[i - 1], keys[i]) << i;
  for (size_t i = 0; i + 1 < keys.size(); ++i) EXPECT_LT(keys[i], keys.back()) << i;
}

TEST_P(RowKeyOrderTest, NullComesFirstWhereAskedFor) {
  for (const bool descending : {false, true}) {
    const auto keys = Keys(GetParam().type, GetParam().cells,
                           {.column = "x", .descending = descending, .nulls_first = true});
    for (size_t i = 0; i + 1 < keys.size(); ++i) EXPECT_GT(keys[i], keys.back()) << i;
  }
}

TEST_P(RowKeyOrderTest, NoKeyIsTheBeginningOfAnother) {
  for (const bool descending : {false, true}) {
    const auto keys =
        Keys(GetParam().type, GetParam().cells, {.column = "x", .descending = descending});
    for (const auto& key : keys) {
      for (const auto& other : keys) EXPECT_EQ(other.starts_with(key), other == key);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, RowKeyOrderTest,
    ::testing::Values(
        Ascending{arrow::boolean(), "[false, true, null]"},
        Ascending{arrow::int8(), "[-128, -1, 0, 1, 127, null]"},
        Ascending{arrow::int16(), "[-32768, -256, -255, 0, 255, 256, null]"},
        Ascending{arrow::int32(), "[-2147483648, -1, 0, 65536, 2147483647, null]"},
        Ascending{arrow::int64(),
                  "[-9223372036854775808, -1, 0, 1, 4294967296, 9223372036854775807, null]"},
        Ascending{arrow::uint8(), "[0, 1, 128, 255, null]"},
        Ascending{arrow::uint16(), "[0, 255, 256, 65535, null]"},
        Ascending{arrow::uint32(), "[0, 65536, 4294967295, null]"},
        Ascending{arrow::uint64(), "[0, 9223372036854775808, 18446744073709551615, null]"},
        Ascending{arrow::float32(), "[-Inf, -1.5, -1e-40, 0.0, 1e-40, 1.5, Inf, NaN, null]"},
        Ascending{arrow::float64(), "[-Inf, -1e300, -5e-324, 0.0, 5e-324, 2.5, Inf, NaN, null]"},
        Ascending{arrow::decimal128(20, 2),
                  R"(["-100.00", "-0.01", "0.00", "0.01", "99.00", null])"},
        Ascending{arrow::decimal256(40, 1), R"(["-7.0", "0.0", "0.1", "1000000.0", null])"},
        Ascending{arrow::date32(), "[-1, 0, 20000, null]"},
        Ascending{arrow::time64(arrow::TimeUnit::MICRO), "[0, 1, 86399999999, null]"},
        Ascending{arrow::timestamp(arrow::TimeUnit::MICRO), "[-1, 0, 1700000000000000, null]"},
        Ascending{arrow::duration(arrow::TimeUnit::SECOND), "[-5, 0, 5, null]"},
        Ascending{arrow::utf8(),
                  R"(["", "\u0000", "\u0000\u0000", "\u0000a", "\u0001", "a", "a\u0000", "aa",)"
                  R"( "ab", "é", "ठ", "😀", null])"},
        Ascending{arrow::large_utf8(),
                  R"(["", "long long long text 1", "long long long text 2", null])"},
        Ascending{arrow::binary(), R"(["", "a", "b", null])"},
        Ascending{arrow::large_binary(), R"(["a", "aa", null])"}),
    [](const auto& test) { return test.param.type->name() + std::to_string(test.index); });

TEST(RowKeyTest, EqualCellsHaveEqualKeys) {
  const auto zeros = Keys(arrow::float64(), "[-0.0, 0.0, NaN, NaN, null, null]");
  EXPECT_EQ(zeros[0], zeros[1]);
  EXPECT_EQ(zeros[2], zeros[3]);
  EXPECT_EQ(zeros[4], zeros[5]);
}

TEST(RowKeyTest, EarlierColumnsCountMore) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("text", arrow::utf8())});
  const BatchPtr rows = Rows(schema, {"[2, 1, 1, null]", R"(["a", "b", "ba", "c"])"});
  const auto ascending = Keys(rows, {{"n"}, {"text"}});
  EXPECT_LT(ascending[1], ascending[2]);
  EXPECT_LT(ascending[2], ascending[0]);
  EXPECT_LT(ascending[0], ascending[3]);
  const auto mixed = Keys(rows, {{"text", true}, {"n"}});
  EXPECT_LT(mixed[3], mixed[2]);
  EXPECT_LT(mixed[2], mixed[1]);
  EXPECT_LT(mixed[1], mixed[0]);
}

TEST(RowKeyTest, SlicedBatchesAreReadFromTheirOffset) {
  const auto schema = arrow::schema({arrow::field("text", arrow::utf8())});
  const BatchPtr rows = Rows(schema, {R"(["z", "b", null, "a"])"});
  const auto whole = Keys(rows, {{"text"}});
  const auto sliced = Keys(rows->Slice(1, 3), {{"text"}});
  EXPECT_EQ(sliced, (std::vector<std::string>{whole[1], whole[2], whole[3]}));
}

TEST(RowKeyTest, RefusesWhatHasNoOrder) {
  const auto schema = arrow::schema(
      {arrow::field("tags", arrow::list(arrow::utf8())), arrow::field("id", arrow::int64())});
  const auto list = RowKeys::Make(*schema, {{"tags"}}, "sort").status();
  EXPECT_EQ(GetErrorDetail(list)->kind, ErrorKind::kUsage);
  EXPECT_THAT(list.message(), ::testing::HasSubstr("sort: column `tags` has no order: list<"));
  EXPECT_EQ(RowKeys::Make(*schema, {{"id"}, {"id"}}, "sort").status().message(),
            "sort: column `id` is given twice");
  EXPECT_THAT(RowKeys::Make(*schema, {{"idd"}}, "sort").status().message(),
              ::testing::HasSubstr("did you mean `id`?"));
}

}  // namespace
}  // namespace tideway::dataset
