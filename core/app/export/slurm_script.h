// The sbatch script of a pipeline: an array of its parts, a health check before each, a clean stop
// and another start where the time runs out.
//
//   ARROW_ASSIGN_OR_RAISE(const std::string text, SlurmScript(job));
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::app {

// Sites refuse an index from MaxArraySize on, 1001 where nothing else is set: more parts are
// several arrays.
inline constexpr int kMostTasks = 1000;

struct SlurmJob {
  std::string name;     // the pipeline's
  std::string program;  // absolute paths from here on
  std::string script;
  std::string folder;                        // where it runs
  std::string path;                          // of the sbatch script
  std::vector<std::string> parameters = {};  // "name=value"
  int shards = 1;
  std::string memory = "128G";  // of a part: a number and K, M, G or T, as Slurm has it
  int cpus = 8;
  std::string time = "10-00:00:00";
  std::string partition = {};  // empty: the site's default
  std::string account = {};
  std::string mail = {};          // empty: who submits; "none": nobody
  std::string dataset = {};       // of `tideway doctor --dataset`
  std::string reserve = "100GB";  // and of its --reserve
  bool requeue = true;
};

// Errors: usage, with the option and the rule that it breaks.
Result<std::string> SlurmScript(const SlurmJob& job);

// What to type to submit it: a line for each array.
Result<std::vector<std::string>> SubmitLines(const SlurmJob& job);

}  // namespace tideway::app
