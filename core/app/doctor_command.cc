#include <arrow/compute/initialize.h>
#include <arrow/config.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/app/command.h"
#include "core/app/environment.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/app/version.h"
#include "core/base/file.h"
#include "core/base/memory.h"

namespace tideway::app {
namespace {

// What one check found: a fact when it is well, else the failure.
using Finding = Result<std::string>;

Finding CheckLuaFiles() {
  ARROW_ASSIGN_OR_RAISE(const std::string folder, LuaFolder());
  ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({}));
  return folder + ", " + LuaVersion();
}

Finding CheckArrow() {
  RETURN_NOT_OK(arrow::compute::Initialize());
  return std::string(arrow::GetBuildInfo().version_string);
}

Finding CheckCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof(cores), &cores);
  return fmt::format("{}", CPU_COUNT(&cores));
}

// Whether the state's folder can be written, or made; makes nothing.
Finding CheckState() {
  const std::string folder = StateFolder(".");
  std::filesystem::path nearest = folder;
  std::error_code error;
  while (nearest.has_relative_path() && !std::filesystem::exists(nearest, error)) {
    nearest = nearest.parent_path();
  }
  if (nearest.empty()) nearest = ".";
  if (!std::filesystem::is_directory(nearest, error)) {
    return Error(ErrorKind::kIo, "doctor: not a folder: " + nearest.string());
  }
  RETURN_NOT_OK(CheckWritable(nearest));
  struct statvfs disk{};
  if (statvfs(nearest.c_str(), &disk) != 0) return folder;
  const auto free = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  return fmt::format("{}, {} free", folder, FormatBytes(free));
}

Finding CheckEnvironment() {
  std::string set;
  for (const EnvironmentVariable& variable : EnvironmentVariables()) {
    const char* value = std::getenv(variable.name);
    if (value != nullptr && *value != '\0') set += fmt::format("{}={} ", variable.name, value);
  }
  return set.empty() ? "nothing set" : set.substr(0, set.size() - 1);
}

class DoctorCommand : public Command {
 public:
  const char* name() const override { return "doctor"; }
  const char* summary() const override { return "check that this machine can run pipelines"; }
  void Declare(CLI::App&) override {}
  Result<ExitCode> Run(const Globals& globals) override {
    bool healthy = true;
    Json json = Json::array();
    std::string text = fmt::format("tideway {}\n", kVersion);
    for (const auto& [what, check] : kChecks) {
      const Finding finding = check();
      healthy = healthy && finding.ok();
      const std::string found = finding.ok() ? *finding : ErrorText(finding.status(), true);
      text += fmt::format("{:<5} {:<12} {}\n", finding.ok() ? "ok" : "FAIL", what, found);
      json.push_back({{"check", what}, {"ok", finding.ok()}, {"found", found}});
    }
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(json) + "\n" : text));
    return healthy ? ExitCode::kDone : ExitCode::kFailed;
  }

 private:
  struct Check {
    const char* what;
    Finding (*check)();
  };
  static constexpr Check kChecks[] = {{"lua files", CheckLuaFiles},
                                      {"arrow", CheckArrow},
                                      {"cores", CheckCores},
                                      {"state", CheckState},
                                      {"environment", CheckEnvironment}};
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() { return std::make_unique<DoctorCommand>(); }

}  // namespace tideway::app
