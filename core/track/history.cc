#include "core/track/history.h"

#include <algorithm>
#include <functional>

#include "core/base/file.h"
#include "core/track/run_folder_internal.h"

namespace tideway::track {
namespace {

// Also where no run has been yet.
Result<std::vector<std::string>> PastIds(const std::string& state_folder) {
  if (!FileExists(state_folder + "/runs")) return std::vector<std::string>();
  return RunIds(state_folder);
}

Result<PastRun> ReadRun(const std::string& state_folder, std::string id) {
  PastRun run;
  run.path = state_folder + "/runs/" + id;
  run.id = std::move(id);
  const std::string path = run.path + "/receipt.json";
  if (!FileExists(path)) {
    run.status = HasEnded(run.path) ? "killed" : "running";
    return run;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  run.receipt = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!run.receipt.is_object()) {
    return Error(ErrorKind::kData, "track: not a receipt: " + path)
        .Hint("remove the folder of that run");
  }
  run.status = run.receipt.value("status", "");
  return run;
}

}  // namespace

Result<std::vector<PastRun>> ListRuns(const std::string& state_folder) {
  ARROW_ASSIGN_OR_RAISE(auto ids, PastIds(state_folder));
  std::vector<PastRun> runs;
  for (std::string& id : ids) {
    ARROW_ASSIGN_OR_RAISE(runs.emplace_back(), ReadRun(state_folder, std::move(id)));
  }
  return runs;
}

Result<PastRun> FindRun(const std::string& state_folder, const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(auto ids, PastIds(state_folder));
  if (!ids.empty() && id == "last") return ReadRun(state_folder, ids.front());
  std::erase_if(ids, [&](const std::string& other) { return !other.starts_with(id); });
  if (ids.size() == 1) return ReadRun(state_folder, ids.front());
  const std::string what =
      ids.empty() ? "no run " : std::to_string(ids.size()) + " runs begin with ";
  return Error(ErrorKind::kNotFound, "track: " + what + id + " in " + state_folder)
      .Hint("`tideway runs` lists them; `last` is the newest");
}

}  // namespace tideway::track
