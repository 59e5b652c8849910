#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/base/file.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

// Runs as it is, so that the first run of a new script works.
constexpr const char* kStarter = R"(-- NAME: say here what the dataset is for
--
--   tideway check NAME      print the plan
--   tideway run NAME        write NAME/*.parquet

local tw = require "tideway"

return tw.pipeline {
  name   = "NAME",
  params = { output = "NAME" },

  run = function(job)
    local p = job.params
    local rows = tw.dataset.from_rows {
      { message = "The  street light\nis broken", label = "roads" },
      { message = "No water since <b>Monday</b>", label = "water" },
    }
    rows = rows:map("message", tw.text.clean { urls = true, html = true, whitespace = true })
    rows:write_parquet(p.output .. "/rows.parquet")
  end,
}
)";

std::string Starter(const std::string& name) {
  std::string text = kStarter;
  for (size_t at = 0; (at = text.find("NAME", at)) != text.npos;) text.replace(at, 4, name);
  return text;
}

class NewCommand : public Command {
 public:
  const char* name() const override { return "new"; }
  const char* summary() const override { return "write a starter script into scripts/"; }
  void Declare(CLI::App& command) override {
    command.add_option("name", name_, "letters, digits, `_` and `-`")
        ->type_name("NAME")
        ->required();
  }
  Result<ExitCode> Run(const Globals& globals) override {
    if (name_.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != name_.npos ||
        name_.empty()) {
      return Error(ErrorKind::kUsage, "new: not a script's name: " + name_)
          .Hint("use letters, digits, `_` and `-`");
    }
    const std::string path = "scripts/" + name_ + ".lua";
    if (FileExists(path)) return Error(ErrorKind::kUsage, "new: already there: " + path);
    RETURN_NOT_OK(MakeFolders("scripts"));
    RETURN_NOT_OK(WriteFileAtomic(path, Starter(name_)));
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson({{"script", path}}) + "\n" : path + "\n"));
    LogInfo("try: tideway check {}", name_);
    return ExitCode::kDone;
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> MakeNewCommand() { return std::make_unique<NewCommand>(); }

}  // namespace tideway::app
