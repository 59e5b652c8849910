#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <vector>

#include "core/base/file.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

namespace {

namespace fs = std::filesystem;

fs::path Argument(lua_State* L) { return CheckString(L, 1); }

Result<int> Exists(lua_State* L) {
  std::error_code error;
  lua_pushboolean(L, fs::exists(Argument(L), error) ? 1 : 0);
  return 1;
}

Result<int> IsFolder(lua_State* L) {
  std::error_code error;
  lua_pushboolean(L, fs::is_directory(Argument(L), error) ? 1 : 0);
  return 1;
}

Result<int> Normalize(lua_State* L) {
  fs::path path = Argument(L).lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  PushString(L, path.string());
  return 1;
}

Result<int> Cwd(lua_State* L) {
  std::error_code error;
  const fs::path path = fs::current_path(error);
  if (error) return ErrnoError(error.value(), "path: cannot read the current folder", "");
  PushString(L, path.string());
  return 1;
}

Result<int> List(lua_State* L) {
  const fs::path folder = Argument(L);
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    names.push_back(entries->path().filename().string());
  }
  if (error) return ErrnoError(error.value(), "path: cannot list", folder.string());
  std::sort(names.begin(), names.end());
  PushStrings(L, names);
  return 1;
}

Result<int> Read(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadFile(CheckString(L, 1)));
  PushString(L, text);
  return 1;
}

// What killed runs left half written beside `path`; looked for once in a process, as folders may
// be large.
void RemoveLeftovers(const std::string& path) {
  static std::mutex mutex;
  static std::set<std::string> seen;
  const std::string folder = fs::path(path).parent_path().string();
  const std::lock_guard lock(mutex);
  if (seen.insert(folder).second) RemoveStaleTemporaries(folder).status().ok();
}

Result<int> Write(lua_State* L) {
  const std::string path = CheckString(L, 1);
  RemoveLeftovers(path);
  size_t size = 0;
  const char* text = luaL_checklstring(L, 2, &size);
  RETURN_NOT_OK(WriteFileAtomic(path, {text, size}));
  return 0;
}

Result<int> MakeFolder(lua_State* L) {
  RETURN_NOT_OK(MakeFolders(CheckString(L, 1)));
  return 0;
}

Result<int> Scratch(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * folder, RuntimeOf(L).run().scratch());
  PushString(L, folder->NewFile(lua_isnoneornil(L, 1) ? "script" : CheckString(L, 1)));
  return 1;
}

// pretends(): whether nothing is read but what tells columns, and nothing is written (`tideway
// check`).
Result<int> Pretends(lua_State* L) {
  lua_pushboolean(L, RuntimeOf(L).run().pretends() ? 1 : 0);
  return 1;
}

}  // namespace

int OpenPath(lua_State* L) {
  return PushModule(L, {{"exists", Entry<Exists>},
                        {"is_folder", Entry<IsFolder>},
                        {"normalize", Entry<Normalize>},
                        {"cwd", Entry<Cwd>},
                        {"list", Entry<List>},
                        {"read", Entry<Read>},
                        {"write", Entry<Write>},
                        {"make_folders", Entry<MakeFolder>},
                        {"scratch", Entry<Scratch>},
                        {"pretends", Entry<Pretends>}});
}

}  // namespace tideway::binding
