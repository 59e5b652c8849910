#include "core/dataset/op/join.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/dataset/byte_count.h"
#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/held_memory.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/join_rows.h"
#include "core/dataset/op/join_words.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/spilled_join.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

constexpr std::array<std::string_view, 4> kKindNames{"inner", "left", "semi", "anti"};

// The right side in memory: its rows, and where those of each key are.
class RightRows : public JoinIndex {
 public:
  // Null when memory does not hold it.
  static Result<std::shared_ptr<const RightRows>> Make(
      const std::shared_ptr<const BatchStore>& rows, const JoinColumns& columns, RunContext& run) {
    if (rows->spilled_bytes() > 0) return nullptr;
    std::shared_ptr<RightRows> right(new RightRows(run.shared_budget()));
    RETURN_NOT_OK(right->ReadBatches(*rows, columns));
    if (const auto key = columns.RightWords()) {
      ARROW_ASSIGN_OR_RAISE(right->words_,
                            JoinWords::Make(right->KeyCells(*key), right->memory_, run));
      return right->words_ == nullptr ? nullptr : right;
    }
    if (!right->memory_.TryReserve(rows->rows() * kBytesPerRow)) return nullptr;
    RETURN_NOT_OK(right->DealKeys(*rows, columns, run));
    RETURN_NOT_OK(right->BuildTables(run));
    return right;
  }

  std::span<const BatchPtr> batches() const { return batches_; }
  RowRef no_match() const { return {static_cast<uint32_t>(batches_.size() - 1), 0}; }
  std::span<const RowRef> Find(uint64_t hash, std::string_view key) const override {
    return tables_[partitions_->UnitOf(hash)].Find(hash, key);
  }
  void Prefetch(uint64_t hash) const override { tables_[partitions_->UnitOf(hash)].Prefetch(hash); }
  // What Match() needs of a left batch beside its columns.
  Result<JoinKeys> LeftKeys(const arrow::RecordBatch& left, const JoinColumns& columns) const {
    if (words_ != nullptr) return JoinKeys();
    return columns.LeftKeys(left);
  }
  // As JoinColumns::Match.
  void Match(const arrow::RecordBatch& left, const JoinKeys& keys, int64_t first, int64_t end,
             const JoinColumns& columns, std::vector<JoinedRow>& rows) const {
    if (words_ != nullptr) return columns.Match(left, first, end, *words_, no_match(), rows);
    columns.Match(keys, first, end, *this, no_match(), rows);
  }
  size_t most_matches() const {
    if (words_ != nullptr) return words_->most_matches();
    size_t most = 0;
    for (const JoinTable& table : tables_) most = std::max(most, table.most_matches());
    return most;
  }
  // The first row of a key with several.
  std::optional<RowRef> FirstRepeated() const {
    if (words_ != nullptr) return words_->FirstRepeated();
    std::optional<RowRef> first;
    for (const JoinTable& table : tables_) {
      const auto rows = table.FirstRepeated();
      if (rows.empty()) continue;
      const auto place = [](RowRef ref) { return std::pair(ref.batch, ref.row); };
      if (!first || place(rows[0]) < place(*first)) first = rows[0];
    }
    return first;
  }
  int64_t row_bytes() const { return rows_ == 0 ? 0 : bytes_ / rows_; }

 private:
  // What JoinTable takes for a row with a key of its own.
  static constexpr int64_t kBytesPerRow = 64;

  explicit RightRows(std::shared_ptr<MemoryBudget> budget) : memory_(std::move(budget)) {}

  Status ReadBatches(const BatchStore& rows, const JoinColumns& columns) {
    rows_ = rows.rows();
    for (int64_t index = 0; index < rows.batches(); ++index) {
      ARROW_ASSIGN_OR_RAISE(batches_.emplace_back(), rows.Read(index));
      bytes_ += BatchBytes(*batches_.back());
    }
    ARROW_ASSIGN_OR_RAISE(batches_.emplace_back(), columns.NoMatch());
    return Status::OK();
  }

  JoinWords::Columns KeyCells(int column) const {
    JoinWords::Columns cells;
    for (size_t i = 0; i + 1 < batches_.size(); ++i) cells.push_back(batches_[i]->column(column));
    return cells;
  }

  Status DealKeys(const BatchStore& rows, const JoinColumns& columns, RunContext& run) {
    ARROW_ASSIGN_OR_RAISE(partitions_,
                          KeyPartitions::Create(RowNumberSchema(), LongKeys::kWhole, run));
    RETURN_NOT_OK(ForEachNumber(
        static_cast<size_t>(rows.batches()),
        [&](size_t index) -> Status {
          ARROW_ASSIGN_OR_RAISE(const JoinKeys keys, columns.RightKeys(*batches_[index]));
          const auto numbers = keys.RowsWithKeys();
          return partitions_->Put(static_cast<int64_t>(index), *keys.keys, numbers,
                                  RowNumbers(numbers));
        },
        run));
    partitions_->Seal(run.batch_bytes());
    return Status::OK();
  }

  Status BuildTables(RunContext& run) {
    tables_.resize(partitions_->units());
    pieces_.resize(partitions_->units());
    return ForEachNumber(
        partitions_->units(),
        [this](size_t unit) -> Status {
          ARROW_ASSIGN_OR_RAISE(pieces_[unit], partitions_->Read(unit));
          tables_[unit] = JoinTable(KeyPartitions::RowsOf(pieces_[unit]));
          for (const KeyPartitions::Piece& piece : pieces_[unit]) {
            const auto& rows = static_cast<const arrow::UInt32Array&>(*piece.rows->column(0));
            for (int64_t i = 0; i < rows.length(); ++i) {
              tables_[unit].Add(piece.keys->GetView(i),
                                {static_cast<uint32_t>(piece.batch), rows.Value(i)});
            }
          }
          tables_[unit].Seal();
          return Status::OK();
        },
        run);
  }

  HeldMemory memory_;
  std::vector<BatchPtr> batches_;  // and one row of nulls
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  std::unique_ptr<const JoinWords> words_;  // where keys are such; else:
  std::unique_ptr<KeyPartitions> partitions_;
  std::vector<std::vector<KeyPartitions::Piece>> pieces_;  // what the tables look at
  std::vector<JoinTable> tables_;                          // by unit
};

// A left batch that several morsels take a share of: the first to come computes it.
class SharedBatch {
 public:
  SharedBatch(Morsel morsel, const RightRows& right, const JoinColumns& columns)
      : morsel_(std::move(morsel)), right_(right), columns_(columns) {}

  struct Rows {
    BatchPtr batch;
    JoinKeys keys;
  };
  Result<std::shared_ptr<const Rows>> Get(Worker& worker) {
    std::lock_guard lock(mutex_);
    if (!rows_) rows_ = Compute(worker);
    return *rows_;
  }

 private:
  Result<std::shared_ptr<const Rows>> Compute(Worker& worker) const {
    auto rows = std::make_shared<Rows>();
    ARROW_ASSIGN_OR_RAISE(rows->batch, morsel_(worker));
    ARROW_ASSIGN_OR_RAISE(rows->keys, right_.LeftKeys(*rows->batch, columns_));
    return rows;
  }

  const Morsel morsel_;
  const RightRows& right_;
  const JoinColumns& columns_;
  std::mutex mutex_;
  std::optional<Result<std::shared_ptr<const Rows>>> rows_;
};

// Left rows flowing by the right ones. Each left batch gives `shares` batches, so that none is much
// larger than a batch may be.
class FlowingJoin : public Stream {
 public:
  FlowingJoin(std::unique_ptr<Stream> left, std::shared_ptr<const RightRows> right,
              JoinColumns columns, int64_t shares, Step step)
      : left_(std::move(left)),
        right_(std::move(right)),
        columns_(std::move(columns)),
        shares_(shares),
        step_(std::move(step)) {}
  const SchemaPtr& schema() const override { return columns_.schema(); }
  std::optional<double> Share() const override { return left_->Share(); }

  Result<Morsel> Next() override {
    if (share_ == 0) {
      ARROW_ASSIGN_OR_RAISE(Morsel left, left_->Next());
      if (!left) return left;
      batch_ = std::make_shared<SharedBatch>(std::move(left), *right_, columns_);
    }
    auto batch = batch_;
    const int64_t share = share_;
    share_ = (share_ + 1) % shares_;
    if (share_ == 0) batch_ = nullptr;
    return Morsel([this, batch = std::move(batch), share](Worker& worker) {
      return Join(*batch, share, worker);
    });
  }

 private:
  Result<BatchPtr> Join(SharedBatch& shared, int64_t share, Worker& worker) const {
    ARROW_ASSIGN_OR_RAISE(const auto left, shared.Get(worker));
    const int64_t count = left->batch->num_rows();
    const int64_t first = count * share / shares_;
    const int64_t end = count * (share + 1) / shares_;
    std::vector<JoinedRow> rows;
    rows.reserve(static_cast<size_t>(end - first));
    right_->Match(*left->batch, left->keys, first, end, columns_, rows);
    worker.CountStep(step_, end - first, static_cast<int64_t>(rows.size()));
    return columns_.Output(left->batch, right_->batches(), rows);
  }

  const std::unique_ptr<Stream> left_;
  const std::shared_ptr<const RightRows> right_;
  const JoinColumns columns_;
  const int64_t shares_;
  const Step step_;
  std::shared_ptr<SharedBatch> batch_;
  int64_t share_ = 0;
};

class Join : public Node {
 public:
  Join(NodePtr left, NodePtr right, JoinOptions options)
      : Node({std::move(left), std::move(right)}), options_(std::move(options)) {}
  std::string_view op() const override { return "join"; }
  std::string Describe() const override {
    std::vector<std::string> on;
    for (const auto& [left, right] : options_.on) {
      on.push_back(left == right ? left : left + " = " + right);
    }
    return fmt::format("{} on {}", kind_name(), JoinNames(on));
  }
  Result<std::string> Identity(RunContext&) const override {
    return IdentityText({options_.on, kind_name(), options_.suffix, options_.unique_right});
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr left, inputs()[0]->schema(run));
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr right, inputs()[1]->schema(run));
    ARROW_ASSIGN_OR_RAISE(const auto columns, JoinColumns::Make(left, right, options_));
    return columns.schema();
  }
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const override;
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override;

 private:
  bool takes_right() const {
    return options_.kind == JoinKind::kInner || options_.kind == JoinKind::kLeft;
  }
  std::string_view kind_name() const { return kKindNames[static_cast<size_t>(options_.kind)]; }
  // The right side's rows; only the keys, where nothing else is taken.
  Result<std::shared_ptr<BatchStore>> ReadRight(RunContext& run) const {
    if (takes_right()) {
      return Materialise(*inputs()[1], run);
    }
    std::vector<std::string> keys;
    for (const auto& names : options_.on) keys.push_back(names.second);
    return Materialise(*MakeSelect(inputs()[1], std::move(keys)), run);
  }

  // The left rows with their keys alone, where they are read again rather than kept: not when few
  // of them may come out, for only those would be kept.
  Result<std::unique_ptr<Stream>> OpenLeftKeys(const JoinColumns& columns, int64_t right_rows,
                                               RunContext& run) const;

  const JoinOptions options_;
};

Result<RowOrigins> Join::Origins(int64_t row, RunContext& run) const {
  const std::string right_number = std::string(kRowNumber) + ".right";
  const auto like_this = std::make_shared<Join>(
      Numbered(inputs()[0], kRowNumber),
      takes_right() ? Numbered(inputs()[1], right_number) : inputs()[1], options_);
  ARROW_ASSIGN_OR_RAISE(const BatchPtr found, ReadRow(like_this, row, run));
  RowOrigins origins;
  origins.rows.push_back({0, NumberIn(*found, kRowNumber)->row});
  const auto right = NumberIn(*found, right_number);
  if (right) origins.rows.push_back({1, right->row});
  origins.all = static_cast<int64_t>(origins.rows.size());
  return origins;
}

// How many batches the rows of one left batch may need.
int64_t SharesFor(const RightRows& right, RunContext& run) {
  const double most_bytes = static_cast<double>(right.most_matches()) *
                            static_cast<double>(right.row_bytes() * run.batch_rows());
  return 1 + static_cast<int64_t>(most_bytes / static_cast<double>(2 * run.batch_bytes()));
}

Result<std::unique_ptr<Stream>> Join::OpenLeftKeys(const JoinColumns& columns, int64_t right_rows,
                                                   RunContext& run) const {
  const Node& left = *inputs()[0];
  if (!left.cheap_to_reread()) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const auto left_rows, PlanRows(left, run));
  if (columns.needs_match() && right_rows < left_rows.value_or(0) / 2) return nullptr;
  std::vector<std::string> keys;
  for (const auto& names : options_.on) keys.push_back(names.first);
  const NodePtr narrow = left.Narrow(keys);
  if (narrow == nullptr) return nullptr;
  return OpenPlan(*narrow, run);
}

Result<std::unique_ptr<Stream>> Join::Open(RunContext& run) const {
  constexpr int64_t kMostShares = 64;
  ARROW_ASSIGN_OR_RAISE(auto stored, ReadRight(run));
  ARROW_ASSIGN_OR_RAISE(auto left, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(auto columns,
                        JoinColumns::Make(left->schema(), stored->schema(), options_));
  ARROW_ASSIGN_OR_RAISE(auto right, RightRows::Make(stored, columns, run));
  if (right != nullptr) {
    if (const auto repeated = right->FirstRepeated(); options_.unique_right && repeated) {
      return columns.Repeated(*right->batches()[repeated->batch], repeated->row);
    }
    const int64_t shares = SharesFor(*right, run);
    if (shares <= kMostShares) {
      run.Count({.step = StepOf(*this)});
      return std::make_unique<FlowingJoin>(std::move(left), std::move(right), std::move(columns),
                                           shares, StepOf(*this));
    }
    right.reset();
  }
  ARROW_ASSIGN_OR_RAISE(auto keys, OpenLeftKeys(columns, stored->rows(), run));
  ARROW_ASSIGN_OR_RAISE(SpilledJoin spilled,
                        JoinSpilled({std::move(left), std::move(keys)}, std::move(stored), columns,
                                    options_.unique_right, run));
  run.Count({.step = StepOf(*this), .rows_in = spilled.rows_in, .rows_out = spilled.rows_out});
  return std::move(spilled.rows);
}

}  // namespace

Result<NodePtr> MakeJoin(NodePtr left, NodePtr right, JoinOptions options) {
  if (options.on.empty()) {
    return Error(ErrorKind::kUsage, "join: no columns to join on")
        .Hint("name them: rows:join(users, { on = \"user_id\" }), or { on = { user = \"id\" } }");
  }
  return std::make_shared<Join>(std::move(left), std::move(right), std::move(options));
}

}  // namespace tideway::dataset
