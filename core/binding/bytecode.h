// What the bytecode of a Lua function says about it, read from LuaJIT's own dump of the function.
//
// A row function is shipped to other Lua states and is part of a plan's fingerprint. So before
// anything runs we must know what it takes from outside, what it changes there, and which columns
// it names; and we need a form of its code that is equal in every process: LuaJIT writes the keys
// of a table constructor in the order of a hash that differs from run to run.
//
// Only for dumps that lua_dump has just made: bytecode from elsewhere is never read or loaded.
// Threads: pure functions on values.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tideway::binding {

struct BytecodeConstant {
  enum Kind { kString, kChild, kTable, kOther } kind = kOther;
  std::string text;               // kString
  size_t child = 0;               // kChild: index in Bytecode::prototypes
  std::vector<std::string> keys;  // kTable: the string keys of the constructor
};

struct Prototype {
  std::vector<uint32_t> code;
  std::vector<uint16_t> upvalues;  // bit 15: a local of the parent; else the parent's index
  std::vector<BytecodeConstant> constants;  // by operand D
};

struct Bytecode {
  std::vector<Prototype> prototypes;  // children before parents; the function itself is the last
  std::string canonical;              // without names and lines; equal in every process
};

// Errors (kind internal): not the format of this LuaJIT.
Result<Bytecode> ParseBytecode(std::string_view dump);

// What a function does to its surroundings. Upvalues are those of the function itself, by index
// from 0; what its inner functions do is counted as its own.
struct BytecodeFacts {
  std::set<int> assigned_upvalues;     // `n = n + 1`
  std::set<int> written_upvalues;      // `seen[x] = true`: the upvalue's table is changed
  std::set<std::string> globals_read;  // `string`
  std::set<std::string> globals_set;   // `x = 1` without a local
  std::set<std::pair<std::string, std::string>> global_fields;  // `math.floor`
  std::set<std::pair<int, std::string>> upvalue_fields;         // `helpers.clean`
  std::set<std::string> keys_read;                              // `row.name`
  std::set<std::string> keys_written;                           // `{ n = 1 }`, `t.n = 1`
  bool reads_computed_keys = false;                             // `t[k]`
  bool writes_computed_keys = false;                            // `t[k] = v`
  bool uses_power = false;                                      // `x ^ y`
  std::set<std::string> returned_keys;     // of the constructors that are returned
  bool returns_only_constructors = false;  // every return is `return { name = ... }`
};

BytecodeFacts FindFacts(const Bytecode& bytecode);

}  // namespace tideway::binding
