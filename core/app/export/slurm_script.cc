#include "core/app/export/slurm_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "core/app/export/quote.h"
#include "core/base/memory.h"

namespace tideway::app {
namespace {

constexpr int kMostShards = 1'000'000;
constexpr int kMostCpus = 4096;
constexpr int64_t kLeastMemory = int64_t{64} << 20;

// bash runs a trap only when a command ends, so that the work runs beside it. Slurm's own SIGTERM
// reaches all processes of the job, and USR1 never counts as a second one.
constexpr const char* kStop = R"sh(
# USR1 comes 120 s before the time is over: the run stops, and what it has done is kept.
child='' signals=0
stop() {
  signals=$((signals + 1))
  [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null || true
}
trap stop TERM
)sh";

// What Slurm sends 120 s before the time is over.
constexpr const char* kStopAlone = "trap stop USR1\n";
constexpr const char* kStopAndNote = "requeue=''\ntrap 'requeue=yes; stop' USR1\n";

constexpr const char* kWait = R"sh(
"$tideway" "${run[@]}" &
child=$!
[ "$signals" -eq 0 ] || stop
while
  seen=$signals code=0
  wait "$child" || code=$?
  [ "$signals" -ne "$seen" ]
do :; done
)sh";

// 130: stopped cleanly; 138: the signal came before the program watched for it.
constexpr const char* kRequeue = R"sh(
if [ -n "$requeue" ] && { [ "$code" -eq 130 ] || [ "$code" -eq 138 ]; }; then
  echo "the time is over: this part goes on in another start of the job" >&2
  scontrol requeue "$SLURM_JOB_ID"
fi
)sh";

Status Bad(const char* option, const std::string& rule, const std::string& value) {
  return Error(ErrorKind::kUsage, fmt::format("export: {} must be {}: {}", option, rule, value));
}

// In bytes; Slurm's units are powers of 1024, and a number alone is in M.
Result<int64_t> MemoryBytes(const std::string& memory) {
  static const std::regex form("[1-9][0-9]{0,8}[KMGT]?");
  if (!std::regex_match(memory, form)) {
    return Bad("--memory", "a whole number and K, M, G or T, such as 128G", memory);
  }
  const bool has_unit = memory.find_first_not_of("0123456789") != memory.npos;
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, ParseBytes(memory + (has_unit ? "iB" : "MiB")));
  if (bytes < kLeastMemory) return Bad("--memory", "at least 64M", memory);
  return bytes;
}

Status Validate(const SlurmJob& job) {
  static const std::regex time("[0-9]+(:[0-9]{2}){0,2}|[0-9]+-[0-9]{1,2}(:[0-9]{2}){0,2}");
  if (job.shards < 1 || job.shards > kMostShards) {
    return Bad("--shards", fmt::format("from 1 to {}", kMostShards), std::to_string(job.shards));
  }
  if (job.cpus < 1 || job.cpus > kMostCpus) {
    return Bad("--cpus", fmt::format("from 1 to {}", kMostCpus), std::to_string(job.cpus));
  }
  if (!std::regex_match(job.time, time)) {
    return Bad("--time", "minutes, hours:minutes:seconds or days-hours:minutes:seconds", job.time);
  }
  RETURN_NOT_OK(ParseBytes(job.reserve).status());
  return MemoryBytes(job.memory).status();
}

// The lines that Slurm reads.
class Header {
 public:
  void Flag(const char* name) { text_ += fmt::format("#SBATCH --{}\n", name); }
  // One that was not given has no line.
  Status Option(const char* option, const char* name, const std::string& value) {
    if (value.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const std::string quoted, SbatchValue(option, value));
    text_ += fmt::format("#SBATCH --{}={}\n", name, quoted);
    return Status::OK();
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// In a file name, Slurm replaces what follows a `%`.
std::string LogPath(const SlurmJob& job) {
  std::string folder;
  for (const char c : job.folder) folder += c == '%' ? "%%" : std::string(1, c);
  return folder + "/logs/%x_%A_%a.out";
}

Result<std::string> HeaderOf(const SlurmJob& job) {
  Header header;
  RETURN_NOT_OK(header.Option("the name", "job-name", job.name));
  RETURN_NOT_OK(header.Option("--shards", "array",
                              fmt::format("0-{}", std::min(job.shards, kMostTasks) - 1)));
  RETURN_NOT_OK(header.Option("--cpus", "cpus-per-task", std::to_string(job.cpus)));
  RETURN_NOT_OK(header.Option("--memory", "mem", job.memory));
  RETURN_NOT_OK(header.Option("--time", "time", job.time));
  RETURN_NOT_OK(header.Option("--partition", "partition", job.partition));
  RETURN_NOT_OK(header.Option("--account", "account", job.account));
  RETURN_NOT_OK(header.Option("the folder", "output", LogPath(job)));
  header.Flag("open-mode=append");
  header.Flag(job.requeue ? "requeue" : "no-requeue");
  header.Flag("signal=B:USR1@120");
  header.Flag("kill-on-invalid-dep=yes");
  if (job.mail == "none") {
    header.Flag("mail-type=NONE");
    return header.text();
  }
  header.Flag("mail-type=BEGIN,END,FAIL,REQUEUE,TIME_LIMIT_80");
  RETURN_NOT_OK(header.Option("--mail", "mail-user", job.mail));
  return header.text();
}

// The arguments of `tideway doctor`.
Result<std::string> HealthOf(const SlurmJob& job) {
  ARROW_ASSIGN_OR_RAISE(std::string words, BashWord("--reserve", job.reserve));
  if (job.dataset.empty()) return "--reserve " + words;
  ARROW_ASSIGN_OR_RAISE(const std::string dataset, BashWord("--dataset", job.dataset));
  return "--reserve " + words + " --dataset " + dataset;
}

// The work, as an array of bash. Three quarters of the memory are its promise: the rest is for the
// program and the system's own.
Result<std::string> WorkOf(const SlurmJob& job) {
  ARROW_ASSIGN_OR_RAISE(const int64_t memory, MemoryBytes(job.memory));
  ARROW_ASSIGN_OR_RAISE(const std::string script, BashWord("the script", job.script));
  std::string text = fmt::format("run=(run {}\n", script);
  for (const std::string& parameter : job.parameters) {
    ARROW_ASSIGN_OR_RAISE(const std::string word, BashWord("a parameter", parameter));
    text += fmt::format("  -p {}\n", word);
  }
  const char* rank = job.shards > kMostTasks ? "$((SLURM_ARRAY_TASK_ID + ${TIDEWAY_FIRST_RANK:-0}))"
                                             : "$SLURM_ARRAY_TASK_ID";
  return text + fmt::format(
                    "  --rank \"{}\" --world {}\n"
                    "  --memory {}MiB --workers \"${{SLURM_CPUS_PER_TASK:-{}}}\")\n",
                    rank, job.shards, (memory >> 20) * 3 / 4, job.cpus);
}

}  // namespace

Result<std::vector<std::string>> SubmitLines(const SlurmJob& job) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, BashWord("--output", job.path));
  ARROW_ASSIGN_OR_RAISE(const std::string logs, BashWord("the folder", job.folder + "/logs"));
  std::vector<std::string> lines{fmt::format("mkdir -p {} && sbatch {}", logs, path)};
  for (int first = kMostTasks; first < job.shards; first += kMostTasks) {
    lines.push_back(fmt::format("sbatch --array=0-{} --export=ALL,TIDEWAY_FIRST_RANK={} {}",
                                std::min(job.shards - first, kMostTasks) - 1, first, path));
  }
  return lines;
}

Result<std::string> SlurmScript(const SlurmJob& job) {
  RETURN_NOT_OK(Validate(job));
  ARROW_ASSIGN_OR_RAISE(const auto lines, SubmitLines(job));
  ARROW_ASSIGN_OR_RAISE(const std::string header, HeaderOf(job));
  ARROW_ASSIGN_OR_RAISE(const std::string folder, BashWord("the folder", job.folder));
  ARROW_ASSIGN_OR_RAISE(const std::string program, BashWord("the program", job.program));
  ARROW_ASSIGN_OR_RAISE(const std::string health, HealthOf(job));
  ARROW_ASSIGN_OR_RAISE(const std::string work, WorkOf(job));
  std::string text =
      fmt::format("#!/usr/bin/env bash\n# The pipeline {} in {} part{}: submit with\n#\n", job.name,
                  job.shards, job.shards == 1 ? "" : "s");
  for (const std::string& line : lines) text += fmt::format("#   {}\n", line);
  text +=
      "#\n# Who submits it gives the token, by HF_TOKEN or `tideway hub login`: none is in here.\n";
  text += header + "set -euo pipefail\n\n";
  text += fmt::format("cd -- {}\ntideway=${{TIDEWAY:-{}}}\n\"$tideway\" doctor {}\n\n", folder,
                      program, health);
  text += work + kStop + (job.requeue ? kStopAndNote : kStopAlone) + kWait;
  if (job.requeue) text += kRequeue;
  return text + "exit \"$code\"\n";
}

}  // namespace tideway::app
