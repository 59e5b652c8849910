#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <regex>

#include "core/app/command.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/app/script_options.h"
#include "core/app/signals.h"
#include "core/app/traced_row.h"
#include "core/app/version.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/dataset/reuse/file_hashes.h"
#include "core/dataset/trace/trace.h"
#include "core/track/history.h"

namespace tideway::app {
namespace {

namespace fs = std::filesystem;

// A row of an output, as a receipt tells of it.
struct OutputRow {
  std::string file;         // its URI
  int64_t row = 0;          // in the file, from 0
  std::string part;         // empty for an output of one file
  int64_t rows_before = 0;  // of the part, in the shards before
};

// "out/train-00001-of-00003.parquet"
const std::regex& ShardForm() {
  static const std::regex form(R"((.*)-(\d{5})-of-(\d{5})(\.[^/]*))");
  return form;
}

Result<std::pair<std::string, int64_t>> SplitTarget(const std::string& target) {
  const size_t colon = target.rfind(':');
  int64_t row = 0;
  if (colon != target.npos) {
    const char* end = target.data() + target.size();
    const auto [stop, error] = std::from_chars(target.data() + colon + 1, end, row);
    if (error == std::errc() && stop == end && row > 0 && colon > 0) {
      return std::pair(target.substr(0, colon), row - 1);
    }
  }
  return Error(ErrorKind::kUsage, "why: not a file and a row of it: " + target)
      .Hint("rows count from 1: tideway why last out/train-00000-of-00001.parquet:17");
}

std::string OutputNames(const Json& outputs) {
  std::string names;
  for (const Json& output : outputs) {
    names += (names.empty() ? "" : ", ") + output.value("uri", "");
  }
  return names.empty() ? "the run wrote no files" : "the run wrote " + names;
}

// The output that is this file, or the only one whose path ends so.
Result<Json> FindOutput(const Json& outputs, const std::string& file) {
  const std::string place = CanonicalPath(file);
  Json found;
  for (const Json& output : outputs) {
    const std::string uri = output.value("uri", "");
    if (CanonicalPath(uri) == place) return output;
    if (!uri.ends_with("/" + file)) continue;
    if (!found.is_null()) {
      return Error(ErrorKind::kUsage, "why: several files of the run end so: " + file)
          .Hint(OutputNames(outputs));
    }
    found = output;
  }
  if (!found.is_null()) return found;
  return Error(ErrorKind::kNotFound, "why: the run wrote no such file: " + file)
      .Hint(OutputNames(outputs));
}

Result<OutputRow> FindRow(const Json& receipt, const std::string& target) {
  ARROW_ASSIGN_OR_RAISE(const auto file_and_row, SplitTarget(target));
  const Json outputs = receipt.value("outputs", Json::array());
  ARROW_ASSIGN_OR_RAISE(const Json output, FindOutput(outputs, file_and_row.first));
  OutputRow found{.file = output.value("uri", ""), .row = file_and_row.second, .part = {}};
  const int64_t rows = output.value("rows", int64_t{-1});
  if (found.row >= rows) {
    return Error(ErrorKind::kNotFound, fmt::format("why: {} has {} rows, and no row {}", found.file,
                                                   rows, found.row + 1));
  }
  std::smatch shard;
  if (!std::regex_match(found.file, shard, ShardForm())) return found;
  found.part = fs::path(shard[1].str()).filename();
  for (const Json& other : outputs) {
    const std::string uri = other.value("uri", "");
    std::smatch form;
    if (!std::regex_match(uri, form, ShardForm())) continue;
    const bool before = form[1] == shard[1] && form[4] == shard[4] && form[2] < shard[2];
    if (before) found.rows_before += other.value("rows", int64_t{0});
  }
  return found;
}

// The plan that made the row's part.
Result<dataset::NodePtr> FindPlan(const std::vector<dataset::PlannedWrite>& writes,
                                  const OutputRow& row) {
  const fs::path file = CanonicalPath(row.file);
  dataset::NodePtr plan;
  for (const dataset::PlannedWrite& write : writes) {
    const fs::path place = CanonicalPath(write.place);
    const bool is_file = place == file;
    if (!is_file && place != file.parent_path()) continue;
    for (const dataset::NamedPlan& part : write.parts) {
      if (is_file || part.name == row.part) plan = part.plan;
    }
  }
  if (plan != nullptr) return plan;
  return Error(ErrorKind::kNotFound, "why: run again, the script does not write " + row.file)
      .Hint("only files that write_parquet and its like make can be traced");
}

Status CheckFile(const std::string& what, const std::string& path, const std::string& sha256,
                 dataset::FileHashes& hashes) {
  const auto now = hashes.HashOf(path);
  RETURN_NOT_OK(WithContext("why", now.status()));
  if (*now == sha256) return Status::OK();
  return Error(ErrorKind::kConflict,
               fmt::format("why: {} has changed since the run: {}", what, path))
      .Hint("bring back what it was, or run the pipeline again and ask of that run");
}

// Whether the run would do the same again, as far as files tell.
Status CheckSame(const Json& receipt, dataset::FileHashes& hashes) {
  constexpr std::string_view kSha256 = "sha256:";
  const Json script = receipt.value("script", Json::object());
  RETURN_NOT_OK(
      CheckFile("the script", script.value("path", ""), script.value("sha256", ""), hashes));
  for (const Json& module : receipt.value("modules", Json::array())) {
    RETURN_NOT_OK(
        CheckFile("a module", module.value("path", ""), module.value("sha256", ""), hashes));
  }
  for (const Json& input : receipt.value("inputs", Json::array())) {
    const std::string uri = input.value("uri", "");
    const std::string hash = input.value("hash", "");
    if (!hash.starts_with(kSha256) || !fs::is_regular_file(uri)) continue;
    RETURN_NOT_OK(CheckFile("an input", uri, hash.substr(kSha256.size()), hashes));
  }
  if (receipt.value("tideway", "") != kVersion) {
    LogWarn("why: the run was of version {}, this is {}", receipt.value("tideway", ""), kVersion);
  }
  return Status::OK();
}

// Parameters as they are given on the command line. Secrets are not in a receipt: they come from
// where they came from.
std::vector<std::string> ParameterTexts(const Json& receipt) {
  std::vector<std::string> texts;
  const Json parameters = receipt.value("parameters", Json::object());
  for (const auto& [name, value] : parameters.items()) {
    if (value == "[secret]") continue;
    texts.push_back(name + "=" +
                    (value.is_string() ? value.get<std::string>() : DumpJson(value, -1)));
  }
  return texts;
}

class WhyCommand : public Command {
 public:
  const char* name() const override { return "why"; }
  const char* summary() const override { return "tell where a row of an output came from"; }
  void Declare(CLI::App& command) override {
    command.add_option("run", run_, "its id or how that begins; `last`")
        ->type_name("RUN")
        ->required();
    command.add_option("row", row_, "a file that the run wrote, and a row of it, from 1")
        ->type_name("FILE:ROW")
        ->required();
  }
  Result<ExitCode> Run(const Globals& globals) override {
    const std::string state = StateFolder(".");
    ARROW_ASSIGN_OR_RAISE(const track::PastRun run, track::FindRun(state, run_));
    if (run.receipt.is_null()) {
      return Error(ErrorKind::kNotFound, "why: the run left no receipt: " + run.id)
          .Hint("only a run that ended can be asked of");
    }
    ARROW_ASSIGN_OR_RAISE(const OutputRow row, FindRow(run.receipt, row_));
    dataset::FileHashes hashes(state + "/hashes.jsonl");
    RETURN_NOT_OK(CheckSame(run.receipt, hashes));
    ARROW_ASSIGN_OR_RAISE(const dataset::TracedRow traced, Trace(run.receipt, row));
    const std::string title = fmt::format("{}, row {}", row.file, row.row + 1);
    const Json json = {{"run", run.id}, {"file", row.file}, {"row", row.row + 1}};
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(TracedRowJson(json, traced)) + "\n"
                                           : TracedRowText(title, traced)));
    return ExitCode::kDone;
  }

 private:
  // Runs the script again, with nothing written, for its plans; then traces the row.
  static Result<dataset::TracedRow> Trace(const Json& receipt, const OutputRow& row) {
    ScriptOptions script;
    script.script = receipt.value("/script/path"_json_pointer, "");
    script.parameters = ParameterTexts(receipt);
    script.shard = {.rank = receipt.value("rank", 0), .world = receipt.value("world", 1)};
    ARROW_ASSIGN_OR_RAISE(auto options, script.Resolve());
    options.run.memory_bytes = receipt.value("memory_bytes", options.run.memory_bytes);
    options.run.check_only = true;
    options.run.trace = true;
    SignalWatch signals;
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({options.run, options.script_folders}));
    SignalWatch::Action interrupt(signals, [&program] { program->Interrupt(); });
    const Json request = {{"path", options.path},
                          {"parameters", options.parameters},
                          {"shard", options.shard.ToJson()},
                          {"stdout_taken", true}};
    RETURN_NOT_OK(program->CallWithScript("runner", "load", request, options.path).status());
    RETURN_NOT_OK(program->Call("runner", "run", Json::object()).status());
    ARROW_ASSIGN_OR_RAISE(const auto plan, FindPlan(program->run().planned_writes(), row));
    return dataset::TraceRow(plan, row.rows_before + row.row, program->run());
  }

  std::string run_;
  std::string row_;
};

}  // namespace

std::unique_ptr<Command> MakeWhyCommand() { return std::make_unique<WhyCommand>(); }

}  // namespace tideway::app
