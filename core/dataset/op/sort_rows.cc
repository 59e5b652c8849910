#include "core/dataset/op/sort_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <numeric>
#include <utility>
#include <vector>

#include "core/dataset/execute.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/sorted_runs.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// Batches of the input until the group that they go to is full.
class GroupStream : public Stream {
 public:
  GroupStream(Stream& input, const BatchStore& group) : input_(input), group_(group) {}
  const SchemaPtr& schema() const override { return input_.schema(); }
  Result<Morsel> Next() override {
    // So few are no group: the budget may be held by others.
    constexpr int64_t kLeast = 8;
    if (taken_ >= kLeast && group_.spills()) return Morsel();
    ARROW_ASSIGN_OR_RAISE(Morsel morsel, input_.Next());
    ended_ = !morsel;
    ++taken_;
    return morsel;
  }
  std::optional<double> Share() const override { return input_.Share(); }
  // Whether the input has no more.
  bool ended() const { return ended_; }

 private:
  Stream& input_;
  const BatchStore& group_;
  int64_t taken_ = 0;
  bool ended_ = false;
};

class Sorter {
 public:
  Sorter(Stream& input, const KeysOf& keys_of, RunContext& run, std::string_view stage)
      : input_(input), keys_of_(keys_of), run_(run), stage_(stage) {}

  Result<SortedRows> Sort() {
    ARROW_ASSIGN_OR_RAISE(Group group, ReadGroup());
    while (!group.last) {
      RETURN_NOT_OK(MergeGroup(std::exchange(group, Group())));
      ARROW_ASSIGN_OR_RAISE(group, ReadGroup());
    }
    auto runs = std::make_shared<SortedRuns>(input_.schema());
    for (const SortedRuns::Run& merged : merged_) RETURN_NOT_OK(runs->Add(merged));
    RETURN_NOT_OK(AddBatches(group, *runs));
    RETURN_NOT_OK(runs->Cut(run_.batch_bytes()));
    return SortedRows{OpenRuns(std::move(runs)), rows_};
  }

 private:
  // Batches as they came, and the order of each.
  struct Group {
    std::shared_ptr<BatchStore> rows;
    std::shared_ptr<BatchStore> order;
    bool last = false;
  };

  Result<Group> ReadGroup() {
    Group group;
    ARROW_ASSIGN_OR_RAISE(group.rows, BatchStore::Create(input_.schema(), run_));
    ARROW_ASSIGN_OR_RAISE(group.order, BatchStore::Create(KeyRowSchema(), run_));
    GroupStream batches(input_, *group.rows);
    const int64_t rows_before = rows_;
    RETURN_NOT_OK(ForEachBatch(
        batches,
        [&](int64_t index, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
          ARROW_ASSIGN_OR_RAISE(const auto keys, keys_of_(*batch, rows_before + first_row));
          ARROW_ASSIGN_OR_RAISE(const BatchPtr order, OrderOf(*keys));
          RETURN_NOT_OK(group.order->Put(index, order));
          return group.rows->Put(index, batch);
        },
        run_, stage_));
    group.rows->Seal();
    group.order->Seal();
    rows_ += group.rows->rows();
    group.last = batches.ended();
    return group;
  }

  static Status AddBatches(const Group& group, SortedRuns& runs) {
    for (int64_t index = 0; index < group.rows->batches(); ++index) {
      RETURN_NOT_OK(runs.Add({group.rows, group.order, {index}}));
    }
    return Status::OK();
  }

  // Makes one run on disk of a group.
  Status MergeGroup(const Group& group) {
    SortedRuns runs(input_.schema());
    RETURN_NOT_OK(AddBatches(group, runs));
    RETURN_NOT_OK(runs.Cut(run_.batch_bytes()));
    ARROW_ASSIGN_OR_RAISE(auto rows, BatchStore::CreateOnDisk(input_.schema(), run_));
    ARROW_ASSIGN_OR_RAISE(auto order, BatchStore::CreateOnDisk(KeyRowSchema(), run_));
    RETURN_NOT_OK(ForEachNumber(
        runs.pieces(),
        [&](size_t number) -> Status {
          ARROW_ASSIGN_OR_RAISE(const auto piece, runs.ReadWithKeys(number));
          const auto index = static_cast<int64_t>(number);
          RETURN_NOT_OK(rows->Put(index, piece.rows));
          return order->Put(index, InOrder(piece.keys));
        },
        run_, std::string(stage_) + ": merge"));
    rows->Seal();
    order->Seal();
    std::vector<int64_t> batches(static_cast<size_t>(rows->batches()));
    std::iota(batches.begin(), batches.end(), 0);
    merged_.push_back({std::move(rows), std::move(order), std::move(batches)});
    return Status::OK();
  }

  Stream& input_;
  const KeysOf& keys_of_;
  RunContext& run_;
  const std::string_view stage_;
  int64_t rows_ = 0;
  std::vector<SortedRuns::Run> merged_;
};

}  // namespace

Result<SortedRows> SortRows(Stream& input, const KeysOf& keys_of, RunContext& run,
                            std::string_view stage) {
  return Sorter(input, keys_of, run, stage).Sort();
}

}  // namespace tideway::dataset
