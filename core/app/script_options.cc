#include "core/app/script_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/app/paths.h"
#include "core/app/version.h"
#include "core/base/memory.h"
#include "core/dataset/reuse/file_hashes.h"
#include "core/hub/remote/settings.h"
#include "core/track/receipt.h"

namespace tideway::app {
namespace {

constexpr int kMaxWorkers = 1024;
constexpr int64_t kMinMemoryBytes = 32 << 20;

Result<nlohmann::ordered_json> ParseParameters(const std::vector<std::string>& texts) {
  auto parameters = nlohmann::ordered_json::object();
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == text.npos || equals == 0) {
      return Error(ErrorKind::kUsage, "usage: a parameter is name=value: " + text);
    }
    const std::string name = text.substr(0, equals);
    if (parameters.contains(name)) {
      return Error(ErrorKind::kUsage, "usage: parameter given twice: " + name);
    }
    parameters[name] = text.substr(equals + 1);
  }
  return parameters;
}

Result<int64_t> ParseMemory(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, ParseBytes(text));
  if (bytes >= kMinMemoryBytes) return bytes;
  return Error(ErrorKind::kUsage,
               "usage: --memory must be at least " + FormatBytes(kMinMemoryBytes) + ": " + text);
}

// What tells this program from another build of it: outputs of that one are made anew.
std::string ProgramIdentity() {
  const auto stamp = dataset::StampOf("/proc/self/exe");
  if (!stamp.ok()) return kVersion;
  return std::string(kVersion) + " " + std::to_string(stamp->size) + " " +
         std::to_string(stamp->modified_ns);
}

Result<int> KeptRuns() {
  const char* text = std::getenv("TIDEWAY_KEEP_RUNS");
  if (text == nullptr || *text == '\0') return track::kKeptRuns;
  int runs = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), runs);
  if (error == std::errc() && *end == '\0' && runs > 0) return runs;
  return Error(ErrorKind::kUsage,
               std::string("usage: TIDEWAY_KEEP_RUNS must be a whole number from 1: ") + text);
}

}  // namespace

void ScriptOptions::Declare(CLI::App& command) {
  command.add_option("script", script, "a file, or the name of one in scripts/")
      ->type_name("SCRIPT")
      ->required();
  command.add_option("-p,--param", parameters, "set a parameter of the pipeline; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("--memory", memory, "what the run may hold: 512MiB, 2GB (default 512MiB)")
      ->type_name("SIZE");
  command.add_option("--workers", workers, "threads that compute (default: the cores there are)")
      ->type_name("N");
  shard.Declare(command);
}

Result<ScriptOptions::Resolved> ScriptOptions::Resolve() const {
  Resolved resolved;
  ARROW_ASSIGN_OR_RAISE(resolved.path, FindScript(script));
  ARROW_ASSIGN_OR_RAISE(resolved.parameters, ParseParameters(parameters));
  ARROW_ASSIGN_OR_RAISE(resolved.run.memory_bytes, ParseMemory(memory));
  if (workers && (*workers < 1 || *workers > kMaxWorkers)) {
    return Error(ErrorKind::kUsage,
                 "usage: --workers must be from 1 to 1024: " + std::to_string(*workers));
  }
  resolved.run.workers = workers.value_or(0);
  ARROW_ASSIGN_OR_RAISE(resolved.shard, FindShard(shard, hub::ProcessVariable));
  ARROW_ASSIGN_OR_RAISE(resolved.kept_runs, KeptRuns());
  resolved.state_folder = StateFolder(ProjectFolder(resolved.path));
  resolved.run.scratch_parent = resolved.state_folder + "/scratch";
  resolved.run.memory_folder = resolved.state_folder;
  resolved.run.version = ProgramIdentity();
  resolved.run.fresh = fresh;
  std::error_code error;
  const auto path = std::filesystem::absolute(resolved.path, error).lexically_normal();
  resolved.script_folders = {path.parent_path().string()};
  return resolved;
}

}  // namespace tideway::app
