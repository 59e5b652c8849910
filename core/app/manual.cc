#include "core/app/manual.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/base/file.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

Result<Json> LuaFiles() {
  ARROW_ASSIGN_OR_RAISE(const std::string folder, LuaFolder());
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entries(folder + "/tideway", error), end; !error && entries != end;
       entries.increment(error)) {
    if (entries->path().extension() == ".lua") paths.push_back(entries->path());
  }
  if (error) return ErrnoError(error.value(), "app: cannot list", folder);
  std::sort(paths.begin(), paths.end());
  Json files = Json::array();
  for (const fs::path& path : paths) {
    ARROW_ASSIGN_OR_RAISE(std::string text, ReadFile(path));
    files.push_back({{"name", path.stem().string()}, {"text", std::move(text)}});
  }
  return files;
}

}  // namespace

Result<Json> AskManual(const std::string& function, Json request) {
  ARROW_ASSIGN_OR_RAISE(request["files"], LuaFiles());
  ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({}));
  return program->Call("manual", function, request);
}

}  // namespace tideway::app
