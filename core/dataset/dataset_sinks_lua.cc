#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/value.h"
#include "core/dataset/dataset_lua_internal.h"

namespace tideway::dataset {

// Rows on their way into Lua: a batch, where in it, and what gives the next one.
struct RowReader {
  Result<BatchPtr> Next() {
    if (cursor != nullptr) return cursor->Next();
    BatchPtr next;
    if (table != nullptr) RETURN_NOT_OK(table->ReadNext(&next));
    return next;
  }

  std::shared_ptr<Cursor> cursor;                  // one of the two, or none when there are no
  std::unique_ptr<arrow::TableBatchReader> table;  // rows; the table's chunks one by one
  BatchPtr batch;
  int64_t row = 0;
};

}  // namespace tideway::dataset

namespace tideway::binding {
template <>
inline constexpr const char* kClassName<dataset::RowReader> = "tideway.RowReader";
}  // namespace tideway::binding

namespace tideway::dataset::lua {
namespace {

using binding::CheckObject;
using binding::Options;
using binding::Park;
using binding::Push;
using binding::RuntimeOf;

// What `tideway check`, which runs nothing, takes every number of rows for, so that it gets past
// conditions on them.
constexpr int64_t kRowsWhenChecking = 1'000'000'000;

// Under `tideway check`: validates the plan and notes what would be done with it.
Status CheckPlan(const NodePtr& plan, const std::string& sink, RunContext& run) {
  RETURN_NOT_OK(plan->schema(run).status());
  run.RecordPlan(sink + "\n" + PrintPlan(*plan, 1));
  return Status::OK();
}

Push PushReader(std::shared_ptr<RowReader> reader) {
  return [reader = std::move(reader)](lua_State* L) {
    binding::PushObject(L, reader);
    return 1;
  };
}

// Runs `work`, which gives a table, and returns a reader of its rows.
Result<int> ParkTable(lua_State* L, const char* sink,
                      std::function<Result<std::shared_ptr<arrow::Table>>(RunContext&)> work) {
  const NodePtr plan = PlanOf(L, 1);
  RunContext& run = RuntimeOf(L).run();
  return Park(L, [plan, sink, work = std::move(work), &run]() -> Result<Push> {
    auto reader = std::make_shared<RowReader>();
    if (run.pretends()) {
      RETURN_NOT_OK(CheckPlan(plan, sink, run));
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto table, work(run));
      reader->table = std::make_unique<arrow::TableBatchReader>(table);
    }
    return PushReader(std::move(reader));
  });
}

}  // namespace

Result<int> Count(lua_State* L) {
  const auto self = CheckObject<Dataset>(L, 1);
  RunContext& run = RuntimeOf(L).run();
  return Park(L, [self, &run]() -> Result<Push> {
    int64_t rows = kRowsWhenChecking;
    if (run.pretends()) {
      RETURN_NOT_OK(
          CheckPlan(self->plan(), fmt::format("count (not run: taken as {})", rows), run));
    } else {
      ARROW_ASSIGN_OR_RAISE(rows, self->Count(run));
    }
    return Push([rows](lua_State* state) {
      binding::PushInt(state, rows);
      return 1;
    });
  });
}

Result<int> Head(lua_State* L) {
  const auto self = CheckObject<Dataset>(L, 1);
  const int64_t limit = binding::CheckInt(L, 2);
  if (limit < 0) {
    return Error(ErrorKind::kUsage, "head: n must not be negative: " + std::to_string(limit));
  }
  return ParkTable(L, "head", [self, limit](RunContext& run) { return self->Head(limit, run); });
}

Result<int> Collect(lua_State* L) {
  const auto self = CheckObject<Dataset>(L, 1);
  return ParkTable(L, "collect", [self](RunContext& run) { return self->Collect(run); });
}

Result<int> Rows(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  RunContext& run = RuntimeOf(L).run();
  return Park(L, [plan, &run]() -> Result<Push> {
    auto reader = std::make_shared<RowReader>();
    if (run.pretends()) {
      RETURN_NOT_OK(CheckPlan(plan, "rows", run));
    } else {
      ARROW_ASSIGN_OR_RAISE(reader->cursor, Cursor::Open(plan, run));
    }
    return PushReader(std::move(reader));
  });
}

// reader -> true when there are rows to take
Result<int> Fetch(lua_State* L) {
  const auto reader = CheckObject<RowReader>(L, 1);
  return Park(L, [reader]() -> Result<Push> {
    if (reader->batch == nullptr || reader->row == reader->batch->num_rows()) {
      reader->row = 0;
      ARROW_ASSIGN_OR_RAISE(reader->batch, reader->Next());
    }
    const bool more = reader->batch != nullptr && reader->row < reader->batch->num_rows();
    return Push([more](lua_State* state) {
      lua_pushboolean(state, more);
      return 1;
    });
  });
}

// reader, limit -> a list of the next rows of the batch at hand
Result<int> Take(lua_State* L) {
  RowReader& reader = *CheckObject<RowReader>(L, 1);
  const int64_t limit = binding::CheckInt(L, 2);
  if (reader.batch == nullptr) {
    lua_newtable(L);
    return 1;
  }
  const int64_t end = std::min(reader.batch->num_rows(), reader.row + limit);
  lua_createtable(L, static_cast<int>(end - reader.row), 0);
  binding::RowPusher pusher(L, reader.batch->schema());
  for (int place = 1; reader.row < end; ++place) {
    RETURN_NOT_OK(pusher.Push(*reader.batch, reader.row++));
    lua_rawseti(L, -2, place);
  }
  return 1;
}

Result<int> Schema(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  RunContext& run = RuntimeOf(L).run();
  return Park(L, [plan, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto schema, plan->schema(run));
    return Push([schema = std::move(schema)](lua_State* state) {
      lua_createtable(state, schema->num_fields(), 0);
      for (int i = 0; i < schema->num_fields(); ++i) {
        lua_createtable(state, 0, 2);
        binding::PushString(state, schema->field(i)->name());
        lua_setfield(state, -2, "name");
        binding::PushString(state, schema->field(i)->type()->ToString());
        lua_setfield(state, -2, "type");
        lua_rawseti(state, -2, i + 1);
      }
      return 1;
    });
  });
}

Result<int> Plan(lua_State* L) {
  binding::PushString(L, PrintPlan(*PlanOf(L, 1)));
  return 1;
}

}  // namespace tideway::dataset::lua
