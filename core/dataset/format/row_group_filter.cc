#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/visit_type_inline.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/base/among.h"
#include "core/dataset/expression/exact_compare.h"
#include "core/dataset/expression/type_rules.h"
#include "core/dataset/format/row_group_filter_internal.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kComparisons[] = {"eq", "ne", "lt", "le", "gt", "ge"};
constexpr std::string_view kTextTests[] = {"contains", "starts_with", "ends_with", "matches"};

// Whether computing a condition gives no error, whatever the rows are.
class Harmless {
 public:
  explicit Harmless(const arrow::Schema& schema) : schema_(schema) {}

  bool operator()(const Expression& e) const {
    const auto arguments = e.arguments();
    const std::string_view function = e.function();
    if (function == "and" || function == "or" || function == "not") {
      return std::ranges::all_of(arguments, [this](const auto& part) { return (*this)(*part); });
    }
    if (function.empty()) return KindOf(e) == TypeKind::kBool;
    if (arguments[0]->column() == nullptr && arguments[0]->literal() == nullptr) return false;
    if (function == "is_null" || function == "not_null") return true;
    const TypeKind kind = KindOf(*arguments[0]);
    if (function == "is_nan") return kind == TypeKind::kFloat;
    if (function == "is_in") return IsPlain(kind);
    if (IsAmong(function, kTextTests)) return kind == TypeKind::kText;
    return IsAmong(function, kComparisons) && AreComparable(*arguments[0], *arguments[1]);
  }

 private:
  static bool IsNumber(TypeKind kind) {
    return kind == TypeKind::kInteger || kind == TypeKind::kFloat;
  }
  static bool IsPlain(TypeKind kind) {
    return IsNumber(kind) || kind == TypeKind::kText || kind == TypeKind::kBytes ||
           kind == TypeKind::kBool;
  }
  TypePtr TypeOf(const Expression& e) const {
    if (e.literal() != nullptr) return e.literal()->type;
    const auto field = e.column() == nullptr ? nullptr : schema_.GetFieldByName(*e.column());
    return field == nullptr ? nullptr : field->type();
  }
  TypeKind KindOf(const Expression& e) const {
    const TypePtr type = TypeOf(e);
    return type == nullptr ? TypeKind::kOther : TypeKindOf(*type);
  }
  bool AreComparable(const Expression& a, const Expression& b) const {
    const TypeKind left = KindOf(a), right = KindOf(b);
    if (IsNumber(left) && IsNumber(right)) return true;
    if (left != right) return false;
    return IsPlain(left) || (left != TypeKind::kOther && (Fits(a, b) || Fits(b, a)));
  }
  // Whether `literal` is one, of a value that the other's type holds: then nothing is cast.
  bool Fits(const Expression& literal, const Expression& other) const {
    return literal.literal() != nullptr &&
           Fit(BindLiteral(literal.literal(), ""), TypeOf(other)).has_value();
  }

  const arrow::Schema& schema_;
};

// What is known of a column in a row group.
struct Facts {
  TypePtr type;
  int64_t rows = 0;
  std::optional<int64_t> nulls = {};
  BatchPtr bounds = {};  // the least and the greatest value as two rows; null when not known

  bool all_null() const { return nulls == rows; }
  bool is_float() const { return type != nullptr && arrow::is_floating(type->id()); }
};

// Whether Parquet's numbers of that column are those of the Arrow type.
bool HasUnitOf(const parquet::ColumnDescriptor& column, const arrow::TimestampType& type) {
  if (column.logical_type() == nullptr || !column.logical_type()->is_timestamp()) return false;
  using Unit = parquet::LogicalType::TimeUnit;
  const auto unit =
      static_cast<const parquet::TimestampLogicalType&>(*column.logical_type()).time_unit();
  switch (type.unit()) {
    case arrow::TimeUnit::MILLI:
      return unit == Unit::MILLIS;
    case arrow::TimeUnit::MICRO:
      return unit == Unit::MICROS;
    case arrow::TimeUnit::NANO:
      return unit == Unit::NANOS;
    default:
      return false;
  }
}

// Makes the bounds of statistics into an array of the column's type; leaves it out where they are
// none.
struct BoundsOf {
  const parquet::Statistics& statistics;
  std::shared_ptr<arrow::Array> array = {};

  template <typename Type>
  Status Visit(const Type& type) {
    if constexpr (arrow::is_integer_type<Type>::value || std::is_same_v<Type, arrow::Date32Type>) {
      return FromIntegers<Type>(type);
    } else if constexpr (std::is_same_v<Type, arrow::TimestampType>) {
      return HasUnitOf(*statistics.descr(), type) ? FromIntegers<Type>(type) : Status::OK();
    } else if constexpr (std::is_same_v<Type, arrow::FloatType>) {
      return From<Type, parquet::FloatType>(type, parquet::Type::FLOAT);
    } else if constexpr (std::is_same_v<Type, arrow::DoubleType>) {
      return From<Type, parquet::DoubleType>(type, parquet::Type::DOUBLE);
    } else if constexpr (arrow::is_base_binary_type<Type>::value) {
      return From<Type, parquet::ByteArrayType>(type, parquet::Type::BYTE_ARRAY);
    }
    return Status::OK();
  }

 private:
  template <typename Type>
  Status FromIntegers(const Type& type) {
    if (statistics.physical_type() == parquet::Type::INT32) {
      return From<Type, parquet::Int32Type>(type, parquet::Type::INT32);
    }
    return From<Type, parquet::Int64Type>(type, parquet::Type::INT64);
  }
  template <typename Type, typename ParquetType>
  Status From(const Type& type, parquet::Type::type physical) {
    if (statistics.physical_type() != physical) return Status::OK();
    const auto& typed = static_cast<const parquet::TypedStatistics<ParquetType>&>(statistics);
    typename arrow::TypeTraits<Type>::BuilderType builder(
        std::const_pointer_cast<arrow::DataType>(type.shared_from_this()),
        arrow::default_memory_pool());
    if constexpr (arrow::is_base_binary_type<Type>::value) {
      const std::string_view least(typed.min()), greatest(typed.max());
      if (greatest < least) return Status::OK();
      RETURN_NOT_OK(builder.Append(least));
      RETURN_NOT_OK(builder.Append(greatest));
    } else {
      using Value = typename Type::c_type;
      const auto least = static_cast<Value>(typed.min()),
                 greatest = static_cast<Value>(typed.max());
      if (!(least <= greatest)) return Status::OK();  // or one is NaN
      RETURN_NOT_OK(builder.Append(least));
      RETURN_NOT_OK(builder.Append(greatest));
    }
    return builder.Finish(&array);
  }
};

// The conditions over one row group.
class Group {
 public:
  Group(const ParquetFileLayout& file, int group, const arrow::Schema& schema)
      : file_(file), group_(file.metadata->RowGroup(group)), schema_(schema) {}

  bool CanBeTrue(const Expression& condition) const { return Judge(condition).can_be_true; }

 private:
  // False only where it is certain that no row makes a condition so.
  struct Verdict {
    bool can_be_true = true;
    bool can_be_false = true;
  };

  Verdict Judge(const Expression& e) const;
  Verdict JudgeComparison(std::string_view name, const Facts& facts,
                          const ScalarPtr& literal) const;
  Verdict JudgeIsIn(const Facts& facts, std::span<const ScalarPtr> values) const;
  static bool Holds(int64_t bound, std::string_view name, const Facts& facts,
                    const ScalarPtr& literal);
  Facts FactsOf(const std::string& column) const;

  const ParquetFileLayout& file_;
  const std::unique_ptr<parquet::RowGroupMetaData> group_;
  const arrow::Schema& schema_;
};

Group::Verdict Group::Judge(const Expression& e) const {
  const std::string_view function = e.function();
  const auto arguments = e.arguments();
  if (function == "not") {
    const Verdict inner = Judge(*arguments[0]);
    return {inner.can_be_false, inner.can_be_true};
  }
  if (function == "and" || function == "or") {
    std::vector<Verdict> parts;
    for (const ExpressionPtr& part : arguments) parts.push_back(Judge(*part));
    const auto all = [&](bool Verdict::* can) { return std::ranges::all_of(parts, can); };
    const auto any = [&](bool Verdict::* can) { return std::ranges::any_of(parts, can); };
    if (function == "or") return {any(&Verdict::can_be_true), all(&Verdict::can_be_false)};
    return {all(&Verdict::can_be_true), any(&Verdict::can_be_false)};
  }
  if (function.empty()) return {};
  const std::string* left = arguments[0]->column();
  if (left != nullptr && (function == "is_null" || function == "not_null")) {
    const Facts facts = FactsOf(*left);
    const bool nulls = facts.nulls != 0, others = !facts.all_null();
    return function == "is_null" ? Verdict{nulls, others} : Verdict{others, nulls};
  }
  if (left != nullptr && function == "is_in") {
    return JudgeIsIn(FactsOf(*left), arguments[1]->values());
  }
  if (!IsAmong(function, kComparisons)) return {};
  const std::string* right = arguments[1]->column();
  if (left != nullptr && arguments[1]->literal() != nullptr) {
    return JudgeComparison(function, FactsOf(*left), arguments[1]->literal());
  }
  if (right != nullptr && arguments[0]->literal() != nullptr) {
    return JudgeComparison(Mirrored(function), FactsOf(*right), arguments[0]->literal());
  }
  return {};
}

Group::Verdict Group::JudgeComparison(std::string_view name, const Facts& facts,
                                      const ScalarPtr& literal) const {
  constexpr int64_t kLeast = 0, kGreatest = 1;
  if (facts.all_null()) return {false, false};
  if (facts.bounds == nullptr) return {};
  const auto holds = [&](int64_t bound, std::string_view comparison) {
    return Holds(bound, comparison, facts, literal);
  };
  const bool nan = facts.is_float();  // there may be some, which only differ
  if (name == "lt") return {holds(kLeast, "lt"), nan || holds(kGreatest, "ge")};
  if (name == "le") return {holds(kLeast, "le"), nan || holds(kGreatest, "gt")};
  if (name == "gt") return {holds(kGreatest, "gt"), nan || holds(kLeast, "le")};
  if (name == "ge") return {holds(kGreatest, "ge"), nan || holds(kLeast, "lt")};
  const bool inside = holds(kLeast, "le") && holds(kGreatest, "ge");
  return name == "eq" ? Verdict{inside, true} : Verdict{true, inside};
}

Group::Verdict Group::JudgeIsIn(const Facts& facts, std::span<const ScalarPtr> values) const {
  constexpr size_t kMostValues = 100;
  if (facts.all_null()) return {false, false};
  if (facts.bounds == nullptr || values.size() > kMostValues) return {};
  return {std::ranges::any_of(values,
                              [&](const ScalarPtr& value) {
                                return JudgeComparison("eq", facts, value).can_be_true;
                              }),
          true};
}

// Whether `name` holds between a bound and the literal, or cannot be told.
bool Group::Holds(int64_t bound, std::string_view name, const Facts& facts,
                  const ScalarPtr& literal) {
  const auto holds = [&]() -> Result<bool> {
    const std::string& column = facts.bounds->schema()->field(0)->name();
    ARROW_ASSIGN_OR_RAISE(const auto call,
                          MakeCall(name, {MakeColumn(column), MakeLiteral(literal)}));
    ARROW_ASSIGN_OR_RAISE(const Bound bound_call, call->Bind(*facts.bounds->schema(), "filter"));
    ARROW_ASSIGN_OR_RAISE(const auto result, ColumnOf(bound_call, *facts.bounds));
    return static_cast<const arrow::BooleanArray&>(*result).Value(bound);
  };
  return holds().ValueOr(true);
}

Facts Group::FactsOf(const std::string& column) const {
  Facts facts{.type = nullptr, .rows = group_->num_rows()};
  const int index = schema_.GetFieldIndex(column);
  if (index < 0 || schema_.field(index)->type()->id() == arrow::Type::NA) return facts;
  facts.type = schema_.field(index)->type();
  const int position = file_.positions[static_cast<size_t>(index)];
  if (position < 0) {  // the file does not have it
    facts.nulls = facts.rows;
    return facts;
  }
  const std::vector<int>& leaves = file_.columns[static_cast<size_t>(position)];
  if (leaves.size() != 1) return facts;
  const auto* descriptor = file_.metadata->schema()->Column(leaves[0]);
  if (descriptor->max_repetition_level() > 0 || descriptor->max_definition_level() > 1)
    return facts;
  const auto statistics = group_->ColumnChunk(leaves[0])->statistics();
  if (statistics == nullptr) return facts;
  if (statistics->HasNullCount()) facts.nulls = statistics->null_count();
  if (!statistics->HasMinMax()) return facts;
  BoundsOf bounds{*statistics};
  if (!arrow::VisitTypeInline(*facts.type, &bounds).ok() || bounds.array == nullptr) return facts;
  facts.bounds = arrow::RecordBatch::Make(arrow::schema({arrow::field(column, facts.type)}), 2,
                                          {std::move(bounds.array)});
  return facts;
}

}  // namespace

RowGroupFilter::RowGroupFilter(const std::vector<ExpressionPtr>& conditions, SchemaPtr schema)
    : schema_(std::move(schema)) {
  const Harmless is_harmless(*schema_);
  const bool all = std::ranges::all_of(
      conditions, [&](const ExpressionPtr& condition) { return is_harmless(*condition); });
  if (all) conditions_ = conditions;
}

bool RowGroupFilter::MayHoldRows(const ParquetFileLayout& file, int group) const {
  if (conditions_.empty()) return true;
  const Group rows(file, group, *schema_);
  return std::ranges::all_of(
      conditions_, [&](const ExpressionPtr& condition) { return rows.CanBeTrue(*condition); });
}

}  // namespace tideway::dataset
