// What a table knows about its own kind, in its metatable: whether it is an array or an object, the
// order of its keys, and which numbers are floats although they are whole (1.0).
//
// Arrays made by C++ share one metatable (two: all floats, or not marked); an object, and a JSON
// array that mixes 1.0 and 1, has one of its own: {__name, order = {...}, floats = true | {key =
// true}}.
#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

namespace tideway::binding {

enum class Shape { kPlain, kArray, kObject };

// Pushes the shape of the table at `index`, or nil when it has none, and tells its kind.
Shape PushShape(lua_State* L, int index);
// Whether the shape at `shape` (from PushShape) says that the number under the key at `key` is a
// float.
bool IsFloatKey(lua_State* L, int shape, int key);
// The keys in order, of the shape at `shape`; empty when it has none.
std::vector<std::string> OrderOf(lua_State* L, int shape);

// Marks the table on top of the stack as an array; `floats`: all its numbers are floats.
void MarkArray(lua_State* L, bool floats = false);
// As MarkArray, for an array of which only the elements at these positions (from 1) are floats.
void MarkArray(lua_State* L, const std::vector<int>& float_positions);
// Pushes the shape of an object: its keys in order, and those that hold floats.
void PushObjectShape(lua_State* L, const std::vector<std::string>& order,
                     const std::vector<std::string>& floats);

}  // namespace tideway::binding
