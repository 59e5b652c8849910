#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/buffer.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/dataset/row_error.h"
#include "core/dataset/summary/column_numbers.h"
#include "core/dataset/summary/column_state_internal.h"

namespace tideway::dataset::internal {
namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsText(Type::type id) { return id == Type::STRING || id == Type::LARGE_STRING; }
bool IsNarrow(Type::type id) { return id == Type::DATE32 || id == Type::TIME32; }

bool IsNan(const arrow::Array& values, int64_t row) {
  if (values.type_id() == Type::DOUBLE) {
    return std::isnan(static_cast<const arrow::DoubleArray&>(values).Value(row));
  }
  return std::isnan(static_cast<const arrow::FloatArray&>(values).Value(row));
}

// Of a text its beginning; of a float not -0.0, which equals 0.0.
Result<std::shared_ptr<arrow::Scalar>> Shown(const std::shared_ptr<arrow::Scalar>& value) {
  const TypePtr& type = value->type;
  if (IsText(type->id())) {
    const auto& text = static_cast<const arrow::BaseBinaryScalar&>(*value);
    const std::string cut(CutText(text.view(), ColumnSummary::kTextBytes));
    return arrow::MakeScalar(type, arrow::Buffer::FromString(cut));
  }
  if (type->id() == Type::DOUBLE) {
    return arrow::MakeScalar(static_cast<const arrow::DoubleScalar&>(*value).value + 0.0);
  }
  if (type->id() == Type::FLOAT) {
    return arrow::MakeScalar(static_cast<const arrow::FloatScalar&>(*value).value + 0.0F);
  }
  return value;
}

}  // namespace

struct ColumnState::Part {
  explicit Part(bool whole) : numbers(whole) {}
  int64_t rows = 0;
  int64_t nulls = 0;
  int64_t nans = 0;
  std::vector<uint64_t> hashes = {};
  std::optional<Value> least = {};
  std::optional<Value> greatest = {};
  std::optional<Counts> counts = {};  // none: too many values
  Numbers numbers;
};

void ColumnState::Numbers::Add(double value) {
  if (std::isnan(value)) return;
  min = std::min(min, value);
  max = std::max(max, value);
  if (std::isinf(value)) {
    ++infinite[value > 0 ? 1 : 0];
    return;
  }
  ++finite;
  histogram.Add(value);
  sum.Add(value);
}

void ColumnState::Numbers::Merge(const Numbers& other) {
  histogram.Merge(other.histogram);
  sum.Merge(other.sum);
  finite += other.finite;
  for (size_t i = 0; i < 2; ++i) infinite[i] += other.infinite[i];
  min = std::min(min, other.min);
  max = std::max(max, other.max);
}

double ColumnState::Numbers::Mean() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (infinite[0] > 0 && infinite[1] > 0) return std::numeric_limits<double>::quiet_NaN();
  if (infinite[0] > 0) return -kInfinity;
  if (infinite[1] > 0) return kInfinity;
  return sum.Mean(finite);
}

ColumnState::ColumnState(std::shared_ptr<arrow::Field> field)
    : field_(std::move(field)),
      type_(field_->type()->id() == Type::DICTIONARY
                ? static_cast<const arrow::DictionaryType&>(*field_->type()).value_type()
                : field_->type()),
      is_temporal_(NumberKindOf(*type_) == NumberKind::kTimes),
      has_lengths_(NumberKindOf(*type_) == NumberKind::kLengths),
      has_numbers_(NumberKindOf(*type_) == NumberKind::kNumbers),
      is_float_(type_->id() == Type::DOUBLE || type_->id() == Type::FLOAT),
      shows_values_(has_numbers_ || is_temporal_ || IsText(type_->id())),
      numbers_(!is_float_ && !arrow::is_decimal(type_->id())) {}

Result<std::unique_ptr<ColumnState>> ColumnState::Make(std::shared_ptr<arrow::Field> field) {
  std::unique_ptr<ColumnState> state(new ColumnState(std::move(field)));
  const bool has_order = state->shows_values_ || arrow::is_base_binary_like(state->type_->id());
  if (!has_order) return state;
  const auto schema = arrow::schema({arrow::field("", state->type_)});
  ARROW_ASSIGN_OR_RAISE(state->keys_, RowKeys::Make(*schema, {{.column = ""}}, "describe"));
  return state;
}

Result<ColumnState::Value> ColumnState::ValueAt(const arrow::Array& values, std::string_view key,
                                                int64_t row) const {
  ARROW_ASSIGN_OR_RAISE(const auto scalar, values.GetScalar(row));
  ARROW_ASSIGN_OR_RAISE(auto shown, Shown(scalar));
  return Value{std::string(key), std::move(shown)};
}

// The hashes of the values, the extreme ones and how often each occurs.
Status ColumnState::AddKeys(const ArrayPtr& values, Part& part) const {
  const auto schema = arrow::schema({arrow::field("", type_)});
  ARROW_ASSIGN_OR_RAISE(const auto keys, keys_->Encode(*arrow::RecordBatch::Make(
                                             schema, values->length(), {values})));
  struct Seen {
    int64_t row;
    int64_t count;
  };
  std::unordered_map<uint64_t, Seen> few;
  bool is_few = shows_values_ && few_values_;
  const uint64_t bound = hash_bound_;
  int64_t least = -1, greatest = -1;
  for (int64_t row = 0; row < keys->length(); ++row) {
    if (values->IsNull(row)) continue;
    const std::string_view key = keys->GetView(row);
    const uint64_t hash = Hash64(key);
    bool is_new = true;
    if (is_few) {
      const auto [seen, added] = few.try_emplace(hash, Seen{row, 0});
      ++seen->second.count;
      is_new = added;
      is_few = few.size() <= ColumnSummary::kFewValues;
    }
    if (is_new && hash <= bound) part.hashes.push_back(hash);
    const bool is_nan = is_float_ && IsNan(*values, row);
    part.nans += is_nan;
    if (is_nan || !shows_values_) continue;
    if (least < 0 || key < keys->GetView(least)) least = row;
    if (greatest < 0 || key > keys->GetView(greatest)) greatest = row;
  }
  std::ranges::sort(part.hashes);
  part.hashes.erase(std::unique(part.hashes.begin(), part.hashes.end()), part.hashes.end());
  if (least >= 0) {
    ARROW_ASSIGN_OR_RAISE(part.least, ValueAt(*values, keys->GetView(least), least));
    ARROW_ASSIGN_OR_RAISE(part.greatest, ValueAt(*values, keys->GetView(greatest), greatest));
  }
  if (!is_few) return Status::OK();
  part.counts.emplace();
  for (const auto& [hash, seen] : few) {
    ARROW_ASSIGN_OR_RAISE(Value value, ValueAt(*values, keys->GetView(seen.row), seen.row));
    value.key.resize(std::min(value.key.size(), ColumnSummary::kTextBytes));
    part.counts->emplace(hash, Counted{std::move(value), seen.count});
  }
  return Status::OK();
}

Status ColumnState::AddNumbers(const ArrayPtr& values, Part& part) const {
  ARROW_ASSIGN_OR_RAISE(const auto numbers, NumbersOf(values));
  for (int64_t row = 0; row < numbers->length(); ++row) {
    if (numbers->IsValid(row)) part.numbers.Add(numbers->Value(row));
  }
  return Status::OK();
}

Status ColumnState::Add(const ArrayPtr& column) {
  ArrayPtr values = column;
  if (column->type_id() == Type::DICTIONARY) {
    ARROW_ASSIGN_OR_RAISE(values, arrow::compute::Cast(*column, type_));
  }
  Part part(!is_float_ && !arrow::is_decimal(type_->id()));
  part.rows = values->length();
  part.nulls = values->null_count();
  if (keys_) RETURN_NOT_OK(AddKeys(values, part));
  if (has_lengths_ || has_numbers_ || is_temporal_) RETURN_NOT_OK(AddNumbers(values, part));
  Merge(std::move(part));
  return Status::OK();
}

void ColumnState::Merge(Part part) {
  std::lock_guard lock(mutex_);
  rows_ += part.rows;
  nulls_ += part.nulls;
  nans_ += part.nans;
  distinct_.Add(part.hashes);
  hash_bound_ = distinct_.bound();
  if (part.least && (!least_ || part.least->key < least_->key)) least_ = std::move(part.least);
  if (part.greatest && (!greatest_ || part.greatest->key > greatest_->key)) {
    greatest_ = std::move(part.greatest);
  }
  if (!part.counts) few_values_ = false;
  if (few_values_) {
    for (auto& [hash, counted] : *part.counts) {
      Counted& known = counts_.try_emplace(hash, Counted{counted.value}).first->second;
      known.count += counted.count;
    }
    few_values_ = counts_.size() <= ColumnSummary::kFewValues;
  }
  if (!few_values_) counts_.clear();
  numbers_.Merge(part.numbers);
}

void ColumnState::FinishTop(ColumnSummary& summary) const {
  if (!few_values_ || !shows_values_) return;
  std::vector<const Counted*> order;
  for (const auto& [hash, counted] : counts_) order.push_back(&counted);
  std::ranges::stable_sort(order, [](const Counted* a, const Counted* b) {
    return a->count != b->count ? a->count > b->count : a->value.key < b->value.key;
  });
  order.resize(std::min(order.size(), ColumnSummary::kTopValues));
  for (const Counted* counted : order) {
    summary.top_values.push_back(counted->value.value);
    summary.top_counts.push_back(counted->count);
  }
}

Status ColumnState::FinishNumbers(ColumnSummary& summary) const {
  const int64_t count = numbers_.finite + numbers_.infinite[0] + numbers_.infinite[1];
  if (count > 0 && has_numbers_) summary.mean = numbers_.Mean();
  if (count > 0 && has_lengths_) {
    summary.lengths = {static_cast<int64_t>(numbers_.min), numbers_.Mean(),
                       static_cast<int64_t>(numbers_.max)};
  }
  const auto bars = numbers_.histogram.Bars(ColumnSummary::kBars);
  if (bars.empty()) return Status::OK();
  std::vector<double> edges = {bars[0].from};
  for (const Histogram::Bar& bar : bars) {
    edges.push_back(bar.to);
    summary.bars.push_back(bar.count);
  }
  const auto size = static_cast<int64_t>(edges.size());
  summary.edges =
      std::make_shared<arrow::DoubleArray>(size, arrow::Buffer::FromVector(std::move(edges)));
  if (!is_temporal_) return Status::OK();
  const auto whole = IsNarrow(type_->id()) ? arrow::int32() : arrow::int64();
  ARROW_ASSIGN_OR_RAISE(
      const auto units,
      arrow::compute::Cast(*summary.edges, whole, arrow::compute::CastOptions::Unsafe()));
  ARROW_ASSIGN_OR_RAISE(summary.edges, units->View(type_));
  return Status::OK();
}

Status ColumnState::FinishExtremes(ColumnSummary& summary) const {
  if (!least_) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type_));
  RETURN_NOT_OK(builder->AppendScalar(*least_->value));
  RETURN_NOT_OK(builder->AppendScalar(*greatest_->value));
  ARROW_ASSIGN_OR_RAISE(summary.extremes, builder->Finish());
  return Status::OK();
}

Result<ColumnSummary> ColumnState::Finish() const {
  std::lock_guard lock(mutex_);
  ColumnSummary summary{.name = field_->name(), .type = field_->type(), .nulls = nulls_};
  summary.nans = nans_;
  summary.labels = LabelsOf(*field_);
  if (keys_) {
    summary.distinct = std::min(distinct_.count(), rows_ - nulls_);
    summary.distinct_is_exact = distinct_.is_exact();
  }
  FinishTop(summary);
  RETURN_NOT_OK(FinishNumbers(summary));
  RETURN_NOT_OK(FinishExtremes(summary));
  return summary;
}

}  // namespace tideway::dataset::internal
