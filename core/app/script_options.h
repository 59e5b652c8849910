// What `run` and `check` take alike: the script, its parameters, memory, workers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/app/shard.h"
#include "core/base/error.h"
#include "core/dataset/run_context.h"

namespace CLI {
class App;
}

namespace tideway::app {

struct ScriptOptions {
  std::string script;                   // as given: a name or a path
  std::vector<std::string> parameters;  // "name=value"
  std::string memory = "512MiB";
  std::optional<int> workers = {};  // default: one per core
  ShardFlags shard = {};
  bool fresh = false;

  void Declare(CLI::App& command);
  // Where the script is, who it belongs to, and what its run may use. Errors (kind usage): no such
  // script, a parameter without "=", given twice, a size that is none, workers or TIDEWAY_KEEP_RUNS
  // out of range, and those of FindShard.
  struct Resolved {
    std::string path;
    std::string state_folder;
    std::vector<std::string> script_folders;
    nlohmann::ordered_json parameters;  // name -> text
    dataset::RunOptions run;
    Shard shard;
    int kept_runs = 0;  // TIDEWAY_KEEP_RUNS
  };
  Result<Resolved> Resolve() const;
};

}  // namespace tideway::app
