#include "core/app/paths.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "core/base/file.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

// The names of the scripts in scripts/, without ".lua".
std::vector<std::string> ScriptNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries("scripts", error), end; !error && entries != end;
       entries.increment(error)) {
    if (entries->path().extension() == ".lua") names.push_back(entries->path().stem().string());
  }
  return names;
}

bool IsFile(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_directory(path, error);
}

}  // namespace

Result<std::string> LuaFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return ErrnoError(error.value(), "app: cannot find the program", "/proc/self/exe");
  const fs::path folder = program.parent_path().parent_path() / "share/tideway/lua";
  if (FileExists(folder / "tideway/init.lua")) return folder.string();
  return Error(ErrorKind::kNotFound, "app: the program's Lua files are missing: " + folder.string())
      .Hint("keep bin/tideway and share/tideway together, or install again");
}

Result<std::string> FindScript(const std::string& name) {
  if (IsFile(name)) return name;
  const std::string in_scripts = "scripts/" + name + ".lua";
  if (IsFile(in_scripts)) return in_scripts;
  const bool is_path = name.find('/') != name.npos || name.ends_with(".lua");
  std::string message = "run: no such script: " + (is_path ? name : in_scripts);
  return Error(ErrorKind::kUsage, message + DidYouMean(name, ScriptNames()))
      .Hint("give a file, or the name of one in scripts/");
}

std::string ProjectFolder(const std::string& script) {
  std::error_code error;
  const fs::path folder = fs::absolute(script, error).lexically_normal().parent_path();
  return (folder.filename() == "scripts" ? folder.parent_path() : folder).string();
}

std::string StateFolder(const std::string& project) {
  const char* home = std::getenv("TIDEWAY_HOME");
  return home != nullptr && *home != '\0' ? home : project + "/.tideway";
}

}  // namespace tideway::app
