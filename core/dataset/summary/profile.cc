#include "core/dataset/summary/profile.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/features.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/group_rows.h"
#include "core/dataset/op/select.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using Json = nlohmann::ordered_json;

// What a profile may take without asking the budget.
constexpr int64_t kFreeBytes = 16 << 20;
constexpr int64_t kGroupBytes = 1024;  // of a column of numbers in a group, its bins aside

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// JSON has no NaN and no infinity.
Json FloatJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json ScalarJson(const arrow::Scalar& value) {
  using arrow::Type;
  switch (value.type->id()) {
    case Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(value).value;
    case Type::INT8:
      return static_cast<const arrow::Int8Scalar&>(value).value;
    case Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(value).value;
    case Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(value).value;
    case Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(value).value;
    case Type::UINT8:
      return static_cast<const arrow::UInt8Scalar&>(value).value;
    case Type::UINT16:
      return static_cast<const arrow::UInt16Scalar&>(value).value;
    case Type::UINT32:
      return static_cast<const arrow::UInt32Scalar&>(value).value;
    case Type::UINT64:
      return static_cast<const arrow::UInt64Scalar&>(value).value;
    case Type::FLOAT:
      return FloatJson(static_cast<const arrow::FloatScalar&>(value).value + 0.0);
    case Type::DOUBLE:
      return FloatJson(static_cast<const arrow::DoubleScalar&>(value).value + 0.0);
    default:
      return value.ToString();
  }
}

Json CellJson(const arrow::Field& field, const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return nullptr;
  const auto scalar = column.GetScalar(row);
  if (!scalar.ok()) return nullptr;
  const Json json = ScalarJson(**scalar);
  if (const auto labels = LabelsOf(field); labels && json.is_number_integer()) {
    const auto id = json.get<int64_t>();
    if (id >= 0 && static_cast<size_t>(id) < labels->size()) {
      return (*labels)[static_cast<size_t>(id)];
    }
  }
  return json;
}

Result<RowKeys> KeysOf(const arrow::Schema& schema, const std::vector<std::string>& columns,
                       const std::string& operation) {
  std::vector<SortKey> keys;
  for (const std::string& column : columns) keys.push_back({.column = column});
  return RowKeys::Make(schema, keys, operation);
}

Result<std::vector<int>> IndicesOf(const arrow::Schema& schema,
                                   const std::vector<std::string>& columns,
                                   const std::string& operation) {
  std::vector<int> indices;
  for (const std::string& column : columns) {
    ARROW_ASSIGN_OR_RAISE(indices.emplace_back(), ColumnIndex(schema, column, operation));
  }
  return indices;
}

}  // namespace

std::vector<std::string> ProfileColumns::names() const {
  std::set<std::string> names(numbers.begin(), numbers.end());
  names.insert(by.begin(), by.end());
  for (const auto& combination : categories) names.insert(combination.begin(), combination.end());
  return {names.begin(), names.end()};
}

void Profile::Numbers::Add(double value) {
  if (std::isnan(value)) {
    ++nans;
  } else if (std::isinf(value)) {
    ++infinite;
  } else {
    sketch.Add(value);
    sum.Add(value);
  }
}

void Profile::Numbers::Merge(const Numbers& other) {
  sketch.Merge(other.sketch);
  sum.Merge(other.sum);
  nulls += other.nulls;
  nans += other.nans;
  infinite += other.infinite;
}

Profile::Profile(SchemaPtr schema, std::string operation, RunContext& run)
    : schema_(std::move(schema)),
      operation_(std::move(operation)),
      memory_(run.shared_budget(), kFreeBytes) {}

Result<std::unique_ptr<Profile>> Profile::Make(const arrow::Schema& schema,
                                               const ProfileColumns& columns, std::string operation,
                                               RunContext& run) {
  std::unique_ptr<Profile> profile(
      new Profile(std::make_shared<arrow::Schema>(schema), std::move(operation), run));
  const std::string& name = profile->operation_;
  ARROW_ASSIGN_OR_RAISE(profile->numbers_, IndicesOf(schema, columns.numbers, name));
  for (const int index : profile->numbers_) {
    const auto& field = *schema.field(index);
    if (NumberKindOf(*field.type()) != NumberKind::kNone) continue;
    return Error(ErrorKind::kUsage,
                 name + ": column `" + field.name() +
                     "` has neither numbers nor lengths: " + field.type()->ToString());
  }
  ARROW_ASSIGN_OR_RAISE(profile->by_, IndicesOf(schema, columns.by, name));
  if (!columns.by.empty()) {
    ARROW_ASSIGN_OR_RAISE(profile->by_keys_, KeysOf(schema, columns.by, name));
  }
  for (const auto& combination : columns.categories) {
    Categories categories;
    ARROW_ASSIGN_OR_RAISE(categories.columns, IndicesOf(schema, combination, name));
    ARROW_ASSIGN_OR_RAISE(categories.keys, KeysOf(schema, combination, name));
    profile->categories_.push_back(std::move(categories));
  }
  return profile;
}

std::string Profile::ValueOf(const arrow::RecordBatch& batch, const std::vector<int>& columns,
                             int64_t row) const {
  Json value = Json::array();
  for (const int column : columns) {
    value.push_back(CellJson(*schema_->field(column), *batch.column(column), row));
  }
  return Dump(value);
}

Result<Profile::Groups> Profile::GroupsOf(const arrow::RecordBatch& batch) const {
  std::vector<uint32_t> group_of(static_cast<size_t>(batch.num_rows()));
  Groups groups;
  std::vector<Group*> order;
  const auto add = [&](std::string key, std::string value) {
    Group& group = groups[std::move(key)];
    group.value = std::move(value);
    group.numbers.resize(numbers_.size());
    order.push_back(&group);
  };
  if (!by_keys_) {
    add("", "[]");
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto keys, by_keys_->Encode(batch));
    Grouped grouped = GroupRows(*keys);
    for (const uint32_t row : grouped.first_rows) {
      add(std::string(keys->GetView(row)), ValueOf(batch, by_, row));
    }
    group_of = std::move(grouped.groups);
  }
  for (const uint32_t group : group_of) ++order[group]->rows;
  for (size_t column = 0; column < numbers_.size(); ++column) {
    ARROW_ASSIGN_OR_RAISE(const auto numbers, NumbersOf(batch.column(numbers_[column])));
    for (int64_t row = 0; row < numbers->length(); ++row) {
      Numbers& known = order[group_of[static_cast<size_t>(row)]]->numbers[column];
      if (numbers->IsNull(row)) {
        ++known.nulls;
      } else {
        known.Add(numbers->Value(row));
      }
    }
  }
  return groups;
}

Status Profile::MergeGroups(Groups groups) {
  int64_t bytes = 0;
  for (auto& [key, added] : groups) {
    const auto [place, is_new] = groups_.try_emplace(key);
    Group& group = place->second;
    if (is_new) {
      group.numbers.resize(numbers_.size());
      bytes += kGroupBytes * static_cast<int64_t>(numbers_.size() + 1);
    }
    group.value = std::move(added.value);
    group.rows += added.rows;
    rows_ += added.rows;
    for (size_t i = 0; i < numbers_.size(); ++i) {
      bytes -= group.numbers[i].sketch.bytes();
      group.numbers[i].Merge(added.numbers[i]);
      bytes += group.numbers[i].sketch.bytes();
    }
  }
  if (groups_.size() > kMostGroups) {
    return Error(ErrorKind::kData, operation_ + ": more than 1000 groups");
  }
  if (bytes > 0 && !memory_.TryReserve(bytes)) {
    return memory_.Exhausted(operation_ + ": distributions of numbers").Hint("raise --memory");
  }
  return Status::OK();
}

Status Profile::AddCategories(const arrow::RecordBatch& batch, Categories& categories) {
  {
    std::lock_guard lock(mutex_);
    if (categories.too_many) return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto keys, categories.keys->Encode(batch));
  const Grouped grouped = GroupRows(*keys);
  std::vector<int64_t> counts(grouped.first_rows.size());
  for (const uint32_t group : grouped.groups) ++counts[group];
  bool too_many = counts.size() > kMostCategories;
  std::map<std::string, Counted> found;
  for (size_t i = 0; i < counts.size() && !too_many; ++i) {
    const int64_t row = grouped.first_rows[i];
    std::string key(keys->GetView(row));
    too_many = key.size() > kLongestCategory;
    found[std::move(key)] = {ValueOf(batch, categories.columns, row), counts[i]};
  }
  std::lock_guard lock(mutex_);
  for (auto& [key, added] : found) {
    Counted& counted = categories.counts[key];
    counted.value = std::move(added.value);
    counted.count += added.count;
  }
  if (!too_many && categories.counts.size() <= kMostCategories) return Status::OK();
  categories.too_many = true;
  categories.counts.clear();
  return Status::OK();
}

Status Profile::Add(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(Groups groups, GroupsOf(batch));
  {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(MergeGroups(std::move(groups)));
  }
  for (Categories& categories : categories_) RETURN_NOT_OK(AddCategories(batch, categories));
  return Status::OK();
}

Json Profile::NumbersJson(const std::vector<Numbers>& numbers) const {
  Json all = Json::object();
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const auto& field = *schema_->field(numbers_[i]);
    const Numbers& known = numbers[i];
    const ValueSketch& sketch = known.sketch;
    Json json = {{"type", field.type()->ToString()},
                 {"count", sketch.count()},
                 {"nulls", known.nulls},
                 {"nans", known.nans},
                 {"infinite", known.infinite},
                 {"whole", sketch.is_whole()}};
    if (sketch.count() > 0) {
      json["min"] = sketch.min() + 0.0;
      json["max"] = sketch.max() + 0.0;
      json["mean"] = FloatJson(known.sum.Mean(sketch.count()));
      json["sum"] = FloatJson(known.sum.Mean(1));
      for (const int percent : {1, 5, 10, 25, 50, 75, 90, 95, 99}) {
        json["p" + std::to_string(percent)] = sketch.Quantile(percent / 100.0);
      }
    }
    Json bins = Json::array();
    for (const auto& bin : sketch.Bins()) bins.push_back({bin.edge, bin.count});
    json["bins"] = std::move(bins);
    all[field.name()] = std::move(json);
  }
  return all;
}

Json Profile::CategoriesJson(const Categories& categories) const {
  Json columns = Json::array();
  for (const int column : categories.columns) columns.push_back(schema_->field(column)->name());
  if (categories.too_many) return {{"columns", std::move(columns)}, {"values", nullptr}};
  std::vector<const Counted*> order;
  for (const auto& [key, counted] : categories.counts) order.push_back(&counted);
  std::ranges::stable_sort(order, std::greater(), &Counted::count);
  Json values = Json::array();
  for (const Counted* counted : order) {
    values.push_back({{"value", Json::parse(counted->value)}, {"count", counted->count}});
  }
  return {{"columns", std::move(columns)}, {"values", std::move(values)}};
}

Json Profile::Finish() const {
  std::vector<Numbers> total(numbers_.size());
  for (const auto& [key, group] : groups_) {
    for (size_t i = 0; i < total.size(); ++i) total[i].Merge(group.numbers[i]);
  }
  Json json = {{"rows", rows_}, {"numbers", NumbersJson(total)}};
  json["categories"] = Json::array();
  for (const Categories& categories : categories_) {
    json["categories"].push_back(CategoriesJson(categories));
  }
  json["groups"] = Json::array();
  if (!by_keys_) return json;
  for (const auto& [key, group] : groups_) {
    json["groups"].push_back({{"value", Json::parse(group.value)},
                              {"rows", group.rows},
                              {"numbers", NumbersJson(group.numbers)}});
  }
  return json;
}

Result<Json> ProfileOf(const NodePtr& plan, const ProfileColumns& columns,
                       std::string_view operation, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, plan->schema(run));
  RETURN_NOT_OK(Profile::Make(*schema, columns, std::string(operation), run).status());
  const NodePtr narrowed = Narrowed(plan, columns.names());
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr narrow, narrowed->schema(run));
  ARROW_ASSIGN_OR_RAISE(const auto profile,
                        Profile::Make(*narrow, columns, std::string(operation), run));
  if (run.pretends()) return profile->Finish();
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenPlan(*narrowed, run));
  RETURN_NOT_OK(ForEachBatch(
      *stream,
      [&](int64_t, int64_t, const BatchPtr& batch, Worker&) { return profile->Add(*batch); }, run,
      operation));
  return profile->Finish();
}

Result<ValueSketch> SketchOfJson(const Json& numbers) {
  const auto broken = [] {
    return Error(ErrorKind::kData, "profile: not the numbers of a column")
        .Hint("it is what `tw.validate.profile` gives, as JSON");
  };
  ValueSketch sketch;
  if (!numbers.is_object() || !numbers.contains("bins") || !numbers["bins"].is_array()) {
    return broken();
  }
  for (const Json& bin : numbers["bins"]) {
    if (!bin.is_array() || bin.size() != 2 || !bin[0].is_number() || !bin[1].is_number()) {
      return broken();
    }
    const auto edge = bin[0].get<double>();
    const auto count = bin[1].get<int64_t>();
    if (!std::isfinite(edge) || count < 0) return broken();
    sketch.Add(edge, count);
  }
  if (sketch.count() == 0) return sketch;
  for (const char* name : {"min", "max"}) {
    if (!numbers.contains(name) || !numbers[name].is_number()) return broken();
  }
  const bool whole = numbers.contains("whole") && numbers["whole"] == true;
  sketch.SetRange(numbers["min"].get<double>(), numbers["max"].get<double>(), whole);
  return sketch;
}

}  // namespace tideway::dataset
