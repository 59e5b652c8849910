#include "core/app/shard.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

namespace tideway::app {
namespace {

using Lookup = std::function<std::optional<std::string>(const std::string&)>;

constexpr int kMostParts = 1'000'000;

std::optional<int> NumberIn(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number > kMostParts ? std::nullopt : std::optional(number);
}

std::optional<int> NumberOf(const Lookup& lookup, const char* name) {
  return NumberIn(lookup(name).value_or(""));
}

// The flag, else the variable.
Result<std::optional<int>> Given(std::optional<int> flag, const Lookup& lookup, const char* name) {
  if (flag) return flag;
  const std::string text = lookup(name).value_or("");
  if (text.empty()) return std::nullopt;
  if (const auto number = NumberIn(text)) return number;
  return Error(ErrorKind::kUsage, fmt::format("usage: {} must be a whole number from 0 to {}: {}",
                                              name, kMostParts, text));
}

// What a batch system says; a world that is not there is one that it does not know.
struct Place {
  std::optional<int> rank = {};
  std::optional<int> world = {};
};

// The task of an array. A part of an array that is run again has numbers of its own and the count
// of that part, so that only an array from 0 on without gaps tells how many there are.
Place InArray(const Lookup& lookup) {
  Place place{NumberOf(lookup, "SLURM_ARRAY_TASK_ID"), std::nullopt};
  const auto least = NumberOf(lookup, "SLURM_ARRAY_TASK_MIN");
  const auto most = NumberOf(lookup, "SLURM_ARRAY_TASK_MAX");
  const auto count = NumberOf(lookup, "SLURM_ARRAY_TASK_COUNT");
  if (least == 0 && most && count == *most + 1) place.world = count;
  return place;
}

// The task of srun, which runs several of them at once.
Place InStep(const Lookup& lookup) {
  const auto count = NumberOf(lookup, "SLURM_NTASKS");
  if (!NumberOf(lookup, "SLURM_STEP_ID") || !count || *count < 2) return {};
  return {NumberOf(lookup, "SLURM_PROCID"), count};
}

Place InSlurm(const Lookup& lookup) {
  const Place array = InArray(lookup), step = InStep(lookup);
  if (!array.rank || !step.rank) return array.rank ? array : step;
  Place both{*array.rank * *step.world + *step.rank, std::nullopt};
  if (array.world) both.world = *array.world * *step.world;
  return both;
}

Place Surroundings(const Lookup& lookup) {
  const Place slurm = InSlurm(lookup);
  return slurm.rank ? slurm : Place{NumberOf(lookup, "JOB_COMPLETION_INDEX"), std::nullopt};
}

constexpr const char* kRemedy = "give both, --rank and --world, or TIDEWAY_RANK and TIDEWAY_WORLD";

}  // namespace

void ShardFlags::Declare(CLI::App& command) {
  command.add_option("--rank", rank, "which part of --world to do, from 0 on: job.rank")
      ->type_name("N");
  command.add_option("--world", world, "how many parts there are: job.world (default 1)")
      ->type_name("N");
}

nlohmann::ordered_json Shard::ToJson() const {
  if (!unclear.empty()) return {{"unclear", unclear}};
  return {{"rank", rank}, {"world", world}};
}

Result<Shard> FindShard(const ShardFlags& flags, const Lookup& lookup) {
  ARROW_ASSIGN_OR_RAISE(auto rank, Given(flags.rank, lookup, "TIDEWAY_RANK"));
  ARROW_ASSIGN_OR_RAISE(auto world, Given(flags.world, lookup, "TIDEWAY_WORLD"));
  const bool told = rank || world;
  if (rank && !world) {
    return Error(ErrorKind::kUsage, fmt::format("usage: rank {} of how many?", *rank))
        .Hint(kRemedy);
  }
  if (!rank) {
    const Place place = Surroundings(lookup);
    rank = place.rank;
    if (!world) world = place.world;
  }
  if (!rank && world.value_or(1) == 1) return Shard{};
  if (!rank) {
    return Error(ErrorKind::kUsage, fmt::format("usage: which of {} parts?", *world)).Hint(kRemedy);
  }
  if (!world) return Shard{.unclear = fmt::format("this is task {} of a job, of how many?", *rank)};
  if (*rank >= 0 && *rank < *world && *world <= kMostParts) return Shard{*rank, *world};
  const std::string wrong = fmt::format("rank {} is none of {} parts, from 0 on", *rank, *world);
  if (!told) return Shard{.unclear = wrong};
  return Error(ErrorKind::kUsage, "usage: " + wrong).Hint(kRemedy);
}

}  // namespace tideway::app
