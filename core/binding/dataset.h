// Datasets in Lua: what every source's binding pushes. A dataset is a userdata of class
// tideway.Dataset, whose methods are in lua/tideway/dataset.lua; a Lua face whose functions give
// one says `require "tideway.dataset"`.
#pragma once

#include <lua.hpp>
#include <memory>
#include <utility>

#include "core/binding/errors.h"
#include "core/binding/userdata.h"
#include "core/dataset/dataset.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<dataset::Dataset> = "tideway.Dataset";

// Raises an error of kind usage when the plan is too deep (dataset::CheckDepth).
inline void PushDataset(lua_State* L, dataset::NodePtr plan) {
  if (const Status depth = dataset::CheckDepth(*plan); !depth.ok()) Raise(L, depth);
  RequireModule(L, "tideway.dataset");
  PushObject(L, std::make_shared<dataset::Dataset>(std::move(plan)));
}

}  // namespace tideway::binding
