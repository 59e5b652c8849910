// One worker's Lua state for one row function: its compiled loop, run on batch after batch.
//
// The state has its own heap with a limit, the globals of lua/tideway/internal/sandbox.lua (no
// clock, randomness, I/O, ffi or require), and the JIT on. Batches go over by the Arrow C Data
// Interface; results are written into Arrow buffers.
//
// An endless loop in a row function cannot be interrupted: compiled code has no place to look at a
// flag. Cancelling a run takes effect between batches.
//
// Threads: a UdfState belongs to one worker; a RowProgram is immutable and shared.
#pragma once

#include <arrow/type_fwd.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/binding/heap.h"
#include "core/binding/row_columns.h"
#include "core/binding/ship_function.h"
#include "core/dataset/op/expand.h"
#include "core/dataset/stream.h"

namespace tideway::binding {

// A row function bound to the schema of its input.
struct RowProgram {
  enum Kind { kMap, kColumn, kFilter, kFlatMap } kind = kMap;
  ShippedPtr function;
  std::string lua_folder;    // where tideway/cdata.lua is
  int64_t memory_limit = 0;  // bytes: of the Lua heap, and of the texts made for one batch

  dataset::SchemaPtr input;
  std::vector<std::shared_ptr<arrow::DataType>> casts;  // per column; null: read as it is
  std::string column;                                   // kColumn
  std::vector<RowOutput> outputs;                       // kColumn: one; kFilter: none
  // Keys that the code writes and that are no output: returning one is an error.
  std::vector<std::string> suspects;
};

class UdfState : public dataset::WorkerState {
 public:
  // Errors: script, memory; internal when our Lua files are not there.
  static Result<std::unique_ptr<UdfState>> Create(std::shared_ptr<const RowProgram> program);
  ~UdfState() override;
  UdfState(const UdfState&) = delete;

  // The arrays of the outputs. Errors (kind script) name the row (see AtRow), the line and the
  // column read last.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Map(const arrow::RecordBatch& batch);
  // Some of the rows that flat_map gives: the arrays of the outputs, one row for each of `parents`,
  // the rows of the input that gave them.
  struct Flat {
    std::vector<std::shared_ptr<arrow::Array>> outputs;
    std::shared_ptr<arrow::UInt32Array> parents;
    dataset::ExpandOperator::Position next;
  };
  // The rows from `from` on, up to those of input row `end`: as many as fit in `max_rows` and,
  // with the columns of the input that stay, about `max_bytes`, at least one.
  Result<Flat> FlatMap(const arrow::RecordBatch& batch, dataset::ExpandOperator::Position from,
                       int64_t end, int64_t max_rows, int64_t max_bytes);
  // A byte per row: 1 for the rows that the function keeps.
  Result<std::vector<uint8_t>> Filter(const arrow::RecordBatch& batch);

 private:
  explicit UdfState(std::shared_ptr<const RowProgram> program)
      : shared_(std::move(program)), program_(*shared_) {}
  static int Prepare(lua_State* L);
  Status Open();
  void PushSpec(int globals);
  // `rows`: what the loop writes besides columns: a byte or the input row for each row.
  Status Run(const arrow::RecordBatch& batch, TidewayColumn* columns, void* rows,
             TidewaySpan* span = nullptr);
  Status Explain();
  std::string_view operation() const;

  const std::shared_ptr<const RowProgram> shared_;
  const RowProgram& program_;
  LuaHeap heap_;
  TextArena arena_;
  TidewayKernels kernels_{};
  std::vector<int64_t> text_bytes_;  // of the last batch's outputs
  int64_t flat_rows_ = 1024;         // how many rows of flat_map should fit in a batch
  lua_State* L_ = nullptr;
  int run_ = LUA_NOREF;      // run(array, columns, mask or parents, rows, span)
  int explain_ = LUA_NOREF;  // explain(error) -> message, where, row, note
  int row_ = LUA_NOREF;      // row() -> the row of the batch that the loop is at; takes no memory
};

}  // namespace tideway::binding
