// tw.sql's class of databases in Lua, for each binding whose calls may be given one.
#pragma once

#include "core/binding/userdata.h"
#include "core/sql/sql.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<sql::Database> = "tideway.Database";

}  // namespace tideway::binding
