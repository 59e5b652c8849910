// C++ objects in Lua: a userdata that holds a std::shared_ptr, whose class is written in Lua.
//
//   template <> inline constexpr const char* kClassName<Dataset> = "tideway.Dataset";
//   PushObject(L, std::make_shared<Dataset>(...));        // methods: lua/tideway/dataset.lua
//   Dataset& self = CheckSelf<Dataset>(L);
//
// lua/tideway/<noun>.lua says `core.class("tideway.Dataset", Dataset)`, which makes its table of
// methods the userdata's __index (asking for another member is an error with a suggestion) and its
// functions named __tostring, __eq, ... metamethods. `core.record(name, methods)` does the same for
// plain tables that C++ makes, whose members may be absent. Both are in every module that
// PushModule makes. The metatable's name and the checked type are the same string. A closed object
// (CloseObject) raises when used; an open one of a class with a method `close` is what a leak check
// counts.
#pragma once

#include <lua.hpp>
#include <memory>
#include <string>

namespace tideway::binding {

// Specialise for each class pushed.
template <typename T>
inline constexpr const char* kClassName = nullptr;

// Loads lua/tideway's module of that name ("tideway.time"), if the state has any; pushes nothing.
void RequireModule(lua_State* L, const char* name);
// Pushes the metatable of a class, made at its first use.
void PushClass(lua_State* L, const char* class_name);
// Lua: class(name, methods) and record(name, methods), which return methods, and metatable(name).
int DefineClass(lua_State* L);
int DefineRecord(lua_State* L);
int GetMetatable(lua_State* L);
// Whether the value at `index` has the class's metatable.
bool IsClass(lua_State* L, int index, const char* class_name);
// What error messages call the value at `index`: its class, else its Lua type, "null" for tw.null.
std::string TypeName(lua_State* L, int index);

namespace internal {
void PushPointer(lua_State* L, const char* class_name, std::shared_ptr<void> object);
// The object at `index`; raises a usage error unless it is a live object of that class. Null only
// with `optional`.
std::shared_ptr<void>* CheckPointer(lua_State* L, int index, const char* class_name, bool optional);
// Takes the object at `index` out of Lua; null when that is done already.
std::shared_ptr<void> TakePointer(lua_State* L, int index, const char* class_name);
}  // namespace internal

template <typename T>
void PushObject(lua_State* L, std::shared_ptr<T> object) {
  internal::PushPointer(L, kClassName<T>, std::move(object));
}
template <typename T>
std::shared_ptr<T> CheckObject(lua_State* L, int index) {
  return std::static_pointer_cast<T>(*internal::CheckPointer(L, index, kClassName<T>, false));
}
template <typename T>
T& CheckSelf(lua_State* L) {
  return *static_cast<T*>(internal::CheckPointer(L, 1, kClassName<T>, false)->get());
}
// The object at `index`, or null when it is something else.
template <typename T>
std::shared_ptr<T> OptObject(lua_State* L, int index) {
  auto* pointer = internal::CheckPointer(L, index, kClassName<T>, true);
  return pointer == nullptr ? nullptr : std::static_pointer_cast<T>(*pointer);
}
// Closes the object at `index`: Lua lets go of it, and any later use raises. Returns it, so that
// the caller can end it; null when it was closed before, which is no error.
template <typename T>
std::shared_ptr<T> CloseObject(lua_State* L, int index) {
  return std::static_pointer_cast<T>(internal::TakePointer(L, index, kClassName<T>));
}

}  // namespace tideway::binding
