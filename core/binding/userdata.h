// C++ objects in Lua: a userdata that holds a std::shared_ptr, whose class is written in Lua.
//
//   template <> inline constexpr const char* kClassName<Dataset> = "tideway.Dataset";
//   PushObject(L, std::make_shared<Dataset>(...));        // methods: lua/tideway/dataset.lua
//   Dataset& self = CheckSelf<Dataset>(L);
//
// lua/tideway/<noun>.lua says `core.class("tideway.Dataset", Dataset)`, which makes its table of
// methods the userdata's __index. The metatable's name and the checked type are the same string. A
// closed object (Close) raises when used.
#pragma once

#include <lua.hpp>
#include <memory>

namespace tideway::binding {

// Specialise for each class pushed.
template <typename T>
inline constexpr const char* kClassName = nullptr;

namespace internal {
void PushPointer(lua_State* L, const char* class_name, std::shared_ptr<void> object);
// The object at `index`; raises a usage error unless it is a live object of that class. Null only
// with `optional`.
std::shared_ptr<void>* CheckPointer(lua_State* L, int index, const char* class_name, bool optional);
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

}  // namespace tideway::binding
