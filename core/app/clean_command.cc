#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/paths.h"
#include "core/base/file.h"
#include "core/base/leftovers.h"
#include "core/base/memory.h"
#include "core/dataset/reuse/kept_rows.h"
#include "core/track/receipt.h"

namespace tideway::app {
namespace {

constexpr int kKeptRowsDays = 30;  // since a run last used them

// Removes what runs left behind that nothing needs any more.
class CleanCommand : public Command {
 public:
  const char* name() const override { return "clean"; }
  const char* summary() const override { return "remove what past runs left behind"; }
  void Declare(CLI::App& command) override {
    command.add_option("--keep", keep_, "how many of the newest runs to remember (default 100)")
        ->type_name("N");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    if (keep_ < 0) {
      return Error(ErrorKind::kUsage,
                   "usage: --keep must be a whole number from 0: " + std::to_string(keep_));
    }
    const std::string state = StateFolder(".");
    const Removed scratch = RemoveScratchLeftovers(state + "/scratch");
    int runs = 0;
    if (FileExists(state + "/runs")) {
      ARROW_ASSIGN_OR_RAISE(runs, track::PruneRuns(state, keep_));
    }
    const Removed rows = dataset::RemoveOldRows(state + "/rows", kKeptRowsDays);
    const nlohmann::ordered_json removed = {{"scratch_folders", scratch.count},
                                            {"scratch_bytes", scratch.bytes},
                                            {"caches", rows.count},
                                            {"cache_bytes", rows.bytes},
                                            {"runs", runs}};
    RETURN_NOT_OK(PrintResult(
        globals.json
            ? DumpJson(removed) + "\n"
            : fmt::format("removed the rows of {} dead runs ({}), {} old caches ({}), and {} old "
                          "runs\n",
                          scratch.count, FormatBytes(scratch.bytes), rows.count,
                          FormatBytes(rows.bytes), runs)));
    return ExitCode::kDone;
  }

 private:
  int keep_ = track::kKeptRuns;
};

}  // namespace

std::unique_ptr<Command> MakeCleanCommand() { return std::make_unique<CleanCommand>(); }

}  // namespace tideway::app
