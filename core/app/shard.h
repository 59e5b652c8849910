// Which part of its pipeline a run does: part `rank` of `world`, as the flags, the environment or
// the batch system that started it say.
//
//   ARROW_ASSIGN_OR_RAISE(const Shard shard, FindShard(flags, hub::ProcessVariable));
//
// The order: --rank and --world; TIDEWAY_RANK and TIDEWAY_WORLD; Slurm (the task of an array, of
// srun, or both); Kubernetes (the index of a Job); else part 0 of 1. Threads: pure functions.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace CLI {
class App;
}

namespace tideway::app {

struct ShardFlags {
  std::optional<int> rank = {};
  std::optional<int> world = {};

  void Declare(CLI::App& command);
};

struct Shard {
  int rank = 0;
  int world = 1;
  // Why the batch system does not tell all of it; else empty. A pipeline that does not ask which
  // part it is goes on.
  std::string unclear = {};

  nlohmann::ordered_json ToJson() const;
};

// Errors: usage, for flags and TIDEWAY_ variables that are no numbers, lack the other, or name a
// part that is not there.
Result<Shard> FindShard(
    const ShardFlags& flags,
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace tideway::app
