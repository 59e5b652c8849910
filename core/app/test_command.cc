#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "core/app/command.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/app/signals.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhere =
    "name spec files or folders, or put *_spec.lua files beside your pipeline";

// Whether specs in a folder of that name are not the project's own.
bool IsForeign(const std::string& folder) { return folder.starts_with('.') || folder == "build"; }

// The specs at or below `path`, sorted; hidden folders below it and `build` are left out.
Result<std::vector<std::string>> FindSpecs(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (fs::exists(path, error)) return std::vector<std::string>{path};
    return Error(ErrorKind::kUsage, "test: no such file or folder: " + path).Hint(kWhere);
  }
  std::vector<std::string> specs;
  for (fs::recursive_directory_iterator entries(path, error), end; !error && entries != end;
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (IsForeign(name) && entries->is_directory(error)) entries.disable_recursion_pending();
    if (name.ends_with("_spec.lua")) specs.push_back(entries->path().string());
  }
  if (error) return ErrnoError(error.value(), "test: cannot list", path);
  std::sort(specs.begin(), specs.end());
  return specs;
}

class TestCommand : public Command {
 public:
  const char* name() const override { return "test"; }
  const char* summary() const override { return "run *_spec.lua files"; }
  void Declare(CLI::App& command) override {
    command.add_option("paths", paths_, "spec files, or folders of them (default: this folder)")
        ->type_name("PATH");
    command.add_option("--filter", filter_, "run only tests whose name holds this text")
        ->type_name("TEXT");
  }
  Result<ExitCode> Run(const Globals& globals) override;

 private:
  std::vector<std::string> paths_;
  std::string filter_;
};

// Runs one spec file in a Lua state of its own.
Result<Json> RunSpec(SignalWatch& signals, const std::string& path, const Json& request) {
  const fs::path folder = fs::absolute(path).lexically_normal().parent_path();
  ProgramOptions options;
  options.script_folders = {folder.string(), fs::current_path().string()};
  options.run.scratch_parent = StateFolder(fs::current_path().string()) + "/scratch";
  ARROW_ASSIGN_OR_RAISE(auto program, Program::Start(std::move(options)));
  SignalWatch::Action interrupt(signals, [&] { program->Interrupt(); });
  return program->CallWithScript("spec", "run", request, path);
}

// What all spec files gave together.
struct Totals {
  int passed = 0;
  bool found = false;  // a test, or a file that could not run
  Json failures = Json::array();

  // Adds a file's outcome; a file that could not run counts as one failure. Error: interrupted.
  Status Add(const std::string& path, Result<Json> outcome) {
    if (!outcome.ok()) {
      if (KindOf(outcome.status()) == ErrorKind::kInterrupted) return outcome.status();
      found = true;
      failures.push_back({{"name", path}, {"message", ErrorText(outcome.status(), true)}});
      return Status::OK();
    }
    passed += outcome->value("passed", 0);
    found = found || outcome->value("passed", 0) > 0 || !(*outcome)["failures"].empty();
    for (Json& failure : (*outcome)["failures"]) failures.push_back(std::move(failure));
    return Status::OK();
  }

  std::string Text() const {
    std::string text;
    for (const Json& failure : failures) {
      text += "FAILED: " + failure.value("name", "") + "\n" + failure.value("message", "") + "\n\n";
    }
    return text + fmt::format("{} passed, {} failed\n", passed, failures.size());
  }
};

Result<ExitCode> TestCommand::Run(const Globals& globals) {
  SignalWatch signals;
  std::vector<std::string> specs;
  if (paths_.empty()) paths_ = {"."};
  for (const std::string& path : paths_) {
    ARROW_ASSIGN_OR_RAISE(auto found, FindSpecs(path));
    specs.insert(specs.end(), found.begin(), found.end());
  }
  if (specs.empty()) {
    return Error(ErrorKind::kUsage,
                 fmt::format("test: no *_spec.lua in {}", fmt::join(paths_, ", ")))
        .Hint(kWhere);
  }

  Totals totals;
  for (const std::string& path : specs) {
    const Json request = {{"path", path}, {"filter", filter_}};
    RETURN_NOT_OK(totals.Add(path, RunSpec(signals, path, request)));
  }
  if (!totals.found) {
    return Error(ErrorKind::kUsage, "test: no test's name holds the filter: " + filter_)
        .Hint("a test's full name is that of its groups and its own; the filter is a plain text");
  }
  const Json json = {{"passed", totals.passed}, {"failures", totals.failures}};
  RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(json) + "\n" : totals.Text()));
  return totals.failures.empty() ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace

std::unique_ptr<Command> MakeTestCommand() { return std::make_unique<TestCommand>(); }

}  // namespace tideway::app
