// What compiled row functions call: text kernels and builders behind one table of C functions.
//
// lua/tideway/cdata.lua declares the same structs and calls the functions through LuaJIT's FFI, so
// each takes plain C types, never throws, never calls Lua, and says failure by its return value.
// Addresses are uint64 because scripts hold text views, and a view must not be a pointer that a
// script could follow.
//
// Threads: one arena, and the builders filled with it, belong to one worker.
#pragma once

#include <arrow/buffer_builder.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/error.h"

namespace tideway::binding {

// Memory for the texts that a row function makes (lower, upper, ..), given back after each row: the
// loop sets `next` to `begin`.
struct TextArena {
  // Returns null when there is no memory or the limit is reached.
  uint8_t* Allocate(int64_t bytes);
  // Frees all blocks but the current one. Call between batches.
  void Trim();

  uint8_t* begin = nullptr;  // the current block
  uint8_t* next = nullptr;
  uint8_t* end = nullptr;
  int64_t limit = INT64_MAX;  // bytes of all blocks
  int64_t total = 0;
  std::vector<std::unique_ptr<uint8_t[]>> blocks;  // the current one is the last
};

// Builds one string or binary column of int32 or int64 offsets.
class TextBuilder {
 public:
  explicit TextBuilder(bool large) : large_(large) {}
  // Makes room for `rows` texts of `bytes` together. Call once, first.
  Status Reserve(int64_t rows, int64_t bytes);
  // Call once per row; size 0 (`bytes` may be null) for a null. More bytes than reserved are fine.
  Status Append(const uint8_t* bytes, int64_t size);
  int64_t bytes() const { return data_.length(); }
  // The offsets and data buffers of all rows appended; leaves the builder empty.
  Result<std::pair<std::shared_ptr<arrow::Buffer>, std::shared_ptr<arrow::Buffer>>> Finish();

 private:
  const bool large_;
  arrow::TypedBufferBuilder<int32_t> offsets32_;
  arrow::TypedBufferBuilder<int64_t> offsets64_;
  arrow::BufferBuilder data_;
};

extern "C" {

// One result column, as the loop writes it.
struct TidewayColumn {
  uint8_t* state;        // per row: 0 a value, 1 null, 2 not given (the old value stays)
  void* values;          // numbers of the column's width; booleans as bytes; null for text
  TextBuilder* builder;  // text only
};

// Where the loop of flat_map begins, how much it may write, and where it stopped.
struct TidewaySpan {
  int32_t row, item;  // the next row to give: number `item` of those that input row `row` gives
  int32_t end;        // the first input row that is not wanted
  int32_t room;       // rows that the results have room for
  int32_t written;    // set by the loop
  int32_t columns;    // of the results
  double text_bytes;  // it stops when the texts written take as much
};

// The functions, in the order that cdata.lua declares them.
struct TidewayKernels {
  int64_t size;  // sizeof(TidewayKernels): the check that both sides agree
  TextArena* arena;
  // The texts below have the size of their input; 0: out of memory.
  uint64_t (*lower)(TextArena* arena, uint64_t address, int32_t size);
  uint64_t (*upper)(TextArena* arena, uint64_t address, int32_t size);
  uint64_t (*concat)(TextArena* arena, const char* a, int32_t a_size, const char* b,
                     int32_t b_size);
  int32_t (*find)(uint64_t address, int32_t size, const char* needle, int32_t needle_size,
                  int32_t from);  // -1: not there
  int32_t (*count)(uint64_t address, int32_t size, const char* needle, int32_t needle_size);
  int32_t (*compare)(const char* a, int32_t a_size, const char* b, int32_t b_size);  // <0, 0, >0
  int32_t (*leading_space)(uint64_t address, int32_t size);
  int32_t (*trailing_space)(uint64_t address, int32_t size);
  int32_t (*append)(TextBuilder* builder, const char* bytes, int32_t size);  // 0: failed
  // The bytes of all texts in the first `count` columns.
  double (*text_bytes)(const TidewayColumn* columns, int32_t count);
};

}  // extern "C"

// The table for a worker that uses `arena`.
TidewayKernels MakeKernels(TextArena* arena);

}  // namespace tideway::binding
