// Where things are: the program's Lua files, a script's file, a project's state.
//
// Thread safety: pure functions of the file system and the environment.
#pragma once

#include <string>

#include "core/base/error.h"

namespace tideway::app {

// The folder that holds tideway/init.lua: `../share/tideway/lua` seen from the program. Error (kind
// not_found) for a program that was moved without its files.
Result<std::string> LuaFolder();

// The file of script `name`: a path to a file as it is, else `scripts/<name>.lua`. Error (kind
// usage) with what was looked for and, where one is close, a suggestion.
Result<std::string> FindScript(const std::string& name);

// The project a script belongs to: the folder around its `scripts` folder, else its own folder.
std::string ProjectFolder(const std::string& script);

// The folder of a project's state: $TIDEWAY_HOME, else `<project>/.tideway`. Not created.
std::string StateFolder(const std::string& project);

}  // namespace tideway::app
