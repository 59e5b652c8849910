#include "core/track/receipt.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <functional>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/owner.h"
#include "core/base/secret.h"
#include "core/track/run_folder_internal.h"

namespace tideway::track {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kReceiptVersion = 1;
constexpr const char* kOwnerFile = "owner";

// Redacts every string below `value`, names of members aside. Redacting the printed JSON instead
// would miss secrets that hold a character JSON escapes.
void RedactJson(Json& value) {
  if (value.is_string()) value = Redact(value.get<std::string>());
  if (!value.is_structured()) return;
  for (auto& member : value) RedactJson(member);
}

// Redacts the URIs of databases by their parts instead: a whole one is often a secret.
void NameDatabases(const std::vector<dataset::InputRecord>& inputs, Json& json) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& uri = inputs[i].uri;
    if (uri.starts_with("postgresql:") || uri.starts_with("sqlite:")) {
      json[i]["uri"] = RedactUri(uri);
    }
  }
}

Json ScriptJson(const ScriptFile& file) { return {{"path", file.path}, {"sha256", file.sha256}}; }

// A file or table that was read or published; what is unknown is left out.
template <typename Record>
Json RecordJson(const Record& record) {
  Json json = {{"uri", record.uri}};
  if (!record.hash.empty()) json["hash"] = record.hash;
  if (record.rows >= 0) json["rows"] = record.rows;
  if (record.bytes >= 0) json["bytes"] = record.bytes;
  return json;
}

Json OutputJson(const dataset::OutputRecord& output) {
  Json json = RecordJson(output);
  if (output.kept) json["kept"] = true;
  return json;
}

Json StepJson(const dataset::StepCounts& step) {
  Json json = {{"step", step.step.name},
               {"sources", step.step.sources},
               {"rows_in", step.rows_in},
               {"rows_out", step.rows_out}};
  if (!step.dropped.empty()) json["dropped"] = step.dropped;
  if (!step.changed.empty()) json["changed"] = step.changed;
  return json;
}

template <typename List, typename Convert>
Json ListJson(const List& list, Convert convert) {
  Json json = Json::array();
  for (const auto& item : list) json.push_back(convert(item));
  return json;
}

// Tasks that run side by side end in any order; a receipt does not tell which.
template <typename Record>
std::vector<Record> SortedByUri(std::vector<Record> records) {
  std::ranges::stable_sort(records, {}, &Record::uri);
  return records;
}

std::string Timestamp(std::chrono::microseconds time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time).count() % 1000;
  return fmt::format("{}.{:03}Z", FormatUtc(time, "%Y-%m-%dT%H:%M:%S"), millis);
}

std::string NewRunId(std::chrono::microseconds now, int attempt) {
  // The suffix keeps runs apart that start in the same microsecond on machines sharing a folder.
  const uint64_t suffix = Hash64(fmt::format("{}.{}", OwnerMark(), attempt)) & 0xffff;
  return fmt::format("{}-{:06}-{:04x}", FormatUtc(now, "%Y%m%d-%H%M%S"), now.count() % 1'000'000,
                     suffix);
}

// Whether NewRunId could have made it.
bool IsRunId(std::string_view name) {
  constexpr std::string_view kForm = "dddddddd-dddddd-dddddd-xxxx";
  if (name.size() != kForm.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool fits = kForm[i] == 'd'   ? std::isdigit(c) != 0
                      : kForm[i] == 'x' ? std::isxdigit(c) != 0
                                        : c == '-';
    if (!fits) return false;
  }
  return true;
}

}  // namespace

bool HasEnded(const std::string& folder) {
  if (FileExists(folder + "/receipt.json")) return true;
  const auto owner = ReadFile(folder + "/" + kOwnerFile);
  return owner.ok() && OwnerIsGone(*owner);
}

Result<std::vector<std::string>> RunIds(const std::string& state_folder) {
  const std::string runs = state_folder + "/runs";
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(runs, error)) {
    if (IsRunId(entry.path().filename().string())) ids.push_back(entry.path().filename());
  }
  if (error) return ErrnoError(error.value(), "track: cannot list runs", runs);
  std::sort(ids.begin(), ids.end(), std::greater<>());
  return ids;
}

Result<RunFolder> MakeRunFolder(const std::string& state_folder, const Clock& clock) {
  const std::string runs = state_folder + "/runs";
  RETURN_NOT_OK(MakeFolders(runs));
  for (int attempt = 0;; ++attempt) {
    const std::string id = NewRunId(clock.Now(), attempt);
    const std::string path = runs + "/" + id;
    if (mkdir(path.c_str(), 0777) == 0) {
      RETURN_NOT_OK(WriteFileAtomic(path + "/" + kOwnerFile, OwnerMark()));
      return RunFolder{id, path};
    }
    if (errno != EEXIST || attempt > 1000) {
      return ErrnoError(errno, "track: cannot make the run's folder", path);
    }
  }
}

Result<int> PruneRuns(const std::string& state_folder, int keep) {
  ARROW_ASSIGN_OR_RAISE(const auto ids, RunIds(state_folder));
  int removed = 0;
  for (size_t i = static_cast<size_t>(keep); i < ids.size(); ++i) {
    const std::string path = state_folder + "/runs/" + ids[i];
    if (!HasEnded(path)) continue;
    RETURN_NOT_OK(RemoveAll(path));
    ++removed;
  }
  return removed;
}

void Receipt::Collect(const dataset::RunContext& run) {
  workers = run.workers();
  memory_bytes = run.options().memory_bytes;
  inputs = SortedByUri(run.inputs());
  steps = run.steps();
  outputs = SortedByUri(run.outputs());
}

Json ReceiptJson(const Receipt& receipt) {
  const std::chrono::duration<double> seconds = receipt.finished_at - receipt.started_at;
  Json json = {
      {"receipt_version", kReceiptVersion},
      {"run", receipt.run_id},
      {"pipeline", receipt.pipeline},
      {"status", receipt.status},
  };
  if (!receipt.reason.empty()) json["reason"] = receipt.reason;
  if (!receipt.skips.empty()) json["skips"] = receipt.skips;
  json["started_at"] = Timestamp(receipt.started_at);
  json["finished_at"] = Timestamp(receipt.finished_at);
  json["duration_s"] = seconds.count();
  json["tideway"] = receipt.version;
  json["script"] = ScriptJson(receipt.script);
  json["modules"] = ListJson(receipt.modules, ScriptJson);
  json["parameters"] = receipt.parameters;
  json["seed"] = receipt.parameters.contains("seed") ? receipt.parameters["seed"] : Json();
  json["rank"] = receipt.rank;
  json["world"] = receipt.world;
  json["workers"] = receipt.workers;
  json["memory_bytes"] = receipt.memory_bytes;
  json["inputs"] = ListJson(receipt.inputs, RecordJson<dataset::InputRecord>);
  json["steps"] = ListJson(receipt.steps, StepJson);
  json["outputs"] = ListJson(receipt.outputs, OutputJson);
  if (!receipt.result.is_null()) json["result"] = receipt.result;
  RedactJson(json);
  NameDatabases(receipt.inputs, json["inputs"]);
  return json;
}

Status WriteReceipt(const std::string& path, const Receipt& receipt) {
  // Texts may hold bytes that are no UTF-8 (a path, a server's message): they are replaced.
  const std::string text =
      ReceiptJson(receipt).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  return WriteFileAtomic(path, text + "\n");
}

}  // namespace tideway::track
