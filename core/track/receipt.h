// What one run did, written down so that it can be trusted and repeated: inputs, script and
// parameters in, rows through each step, outputs by hash.
//
//   ARROW_ASSIGN_OR_RAISE(RunFolder folder, MakeRunFolder(".tideway", clock));
//   receipt.Collect(run);
//   RETURN_NOT_OK(WriteReceipt(folder.path + "/receipt.json", receipt));
//
// A receipt holds no secret: parameters that are secrets read "[secret]", and every text passes
// through Redact, or RedactUri where it names a database. Thread safety: values.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/dataset/run_context.h"

namespace tideway::track {

struct RunFolder {
  std::string id;    // sorts by time: "20260801-031500-123456-9f2a"
  std::string path;  // <state>/runs/<id>
};

// Makes the folder of a new run below `state_folder`; two runs never get the same one. Its file
// `owner` says which process runs there.
Result<RunFolder> MakeRunFolder(const std::string& state_folder, const Clock& clock);

inline constexpr int kKeptRuns = 100;
// Removes the folders of all but the newest `keep` runs, log and receipt with them, and returns how
// many. A run without a receipt whose process may still live stays, and so does whatever is not
// named like a run. Errors: io.
Result<int> PruneRuns(const std::string& state_folder, int keep);

// A file of Lua that took part, by content.
struct ScriptFile {
  std::string path;
  std::string sha256;
};

struct Receipt {
  std::string run_id;
  std::string pipeline;            // its name
  std::string status;              // "done", "skipped", "failed", "interrupted"
  std::string reason;              // why it skipped or failed; else empty
  std::vector<std::string> skips;  // parts that were skipped while the run went on
  std::string version;             // of Tideway
  ScriptFile script;
  std::vector<ScriptFile> modules;  // what the script required, sorted by path
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  nlohmann::ordered_json result;  // what `run` returned, where that is plain data
  std::chrono::microseconds started_at{};
  std::chrono::microseconds finished_at{};
  int rank = 0;  // of `world` runs that do a part each
  int world = 1;
  int workers = 0;
  int64_t memory_bytes = 0;
  std::vector<dataset::InputRecord> inputs;
  std::vector<dataset::StepCounts> steps;
  std::vector<dataset::OutputRecord> outputs;

  // Takes workers, memory, inputs, steps and outputs from `run`; inputs and outputs by URI.
  void Collect(const dataset::RunContext& run);
};

// The receipt as JSON, redacted. `seed` is the parameter of that name, else null.
nlohmann::ordered_json ReceiptJson(const Receipt& receipt);

// Writes it atomically.
Status WriteReceipt(const std::string& path, const Receipt& receipt);

}  // namespace tideway::track
