#include <arrow/config.h>
#include <fmt/format.h>

#include "core/app/command.h"
#include "core/app/program.h"
#include "core/app/version.h"

namespace tideway::app {
namespace {

class VersionCommand : public Command {
 public:
  const char* name() const override { return "version"; }
  const char* summary() const override { return "print the version"; }
  void Declare(CLI::App&) override {}
  Result<ExitCode> Run(const Globals& globals) override {
    const std::string arrow = arrow::GetBuildInfo().version_string;
    const Json json = {{"tideway", kVersion}, {"arrow", arrow}, {"lua", LuaVersion()}};
    RETURN_NOT_OK(PrintResult(
        globals.json ? DumpJson(json) + "\n"
                     : fmt::format("tideway {} (Arrow {}, {})\n", kVersion, arrow, LuaVersion())));
    return ExitCode::kDone;
  }
};

}  // namespace

std::unique_ptr<Command> MakeVersionCommand() { return std::make_unique<VersionCommand>(); }

}  // namespace tideway::app
