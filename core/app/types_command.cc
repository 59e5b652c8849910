#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/command.h"
#include "core/app/manual.h"
#include "core/base/file.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kStubs = ".tideway/types";

Result<Json> ReadSettings(const std::string& path) {
  if (!FileExists(path)) return Json::object();
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  Json settings = Json::parse(text, nullptr, false);
  if (settings.is_object()) return settings;
  if (Json::parse(text, nullptr, false, /*ignore_comments=*/true).is_object()) {
    return Error(ErrorKind::kUsage, "types: left alone, to keep its comments: " + path)
        .Hint(std::string("add this by hand: \"workspace.library\": [\"") + kStubs +
              "\"], \"runtime.version\": \"LuaJIT\"");
  }
  return Error(ErrorKind::kUsage, "types: not a JSON object: " + path)
      .Hint("mend or remove the file, then run `tideway types` again");
}

// The editor's settings with ours added; what is there stays.
Status WriteSettings(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const Json before, ReadSettings(path));
  Json settings = before;
  if (!settings.contains("runtime.version")) settings["runtime.version"] = "LuaJIT";
  Json& library = settings["workspace.library"];
  if (library.is_null()) library = Json::array();
  if (!library.is_array()) {
    return Error(ErrorKind::kUsage, "types: workspace.library is not a list: " + path)
        .Hint("mend it, then run `tideway types` again");
  }
  if (std::find(library.begin(), library.end(), kStubs) == library.end()) library.push_back(kStubs);
  return settings == before ? Status::OK() : WriteFileAtomic(path, DumpJson(settings) + "\n");
}

class TypesCommand : public Command {
 public:
  const char* name() const override { return "types"; }
  const char* summary() const override { return "write editor types and .luarc.json"; }
  void Declare(CLI::App& command) override {
    command.add_option("folder", folder_, "the project (default: the current folder)")
        ->type_name("FOLDER");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(Json stubs, AskManual("stubs", Json::object()));
    const std::string folder = folder_ + "/" + kStubs + "/tideway";
    RETURN_NOT_OK(MakeFolders(folder));
    for (const auto& [name, text] : stubs.items()) {
      RETURN_NOT_OK(WriteFileAtomic(folder + "/" + name, text.get<std::string>()));
    }
    RETURN_NOT_OK(WriteSettings(folder_ + "/.luarc.json"));
    const Json result = {{"types", folder}, {"settings", folder_ + "/.luarc.json"}};
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(result) + "\n"
                                           : folder + "\n" + folder_ + "/.luarc.json\n"));
    return ExitCode::kDone;
  }

 private:
  std::string folder_ = ".";
};

}  // namespace

std::unique_ptr<Command> MakeTypesCommand() { return std::make_unique<TypesCommand>(); }

}  // namespace tideway::app
