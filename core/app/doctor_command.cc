#include <arrow/config.h>
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/doctor/checkup.h"
#include "core/app/program.h"
#include "core/app/version.h"
#include "core/base/memory.h"
#include "core/hub/remote/repo_id.h"

namespace tideway::app {
namespace {

constexpr double kMostSeconds = 3600;

std::string Machine() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof(cores), &cores);
  return fmt::format("tideway {}, Arrow {}, {}, {} cores", kVersion,
                     arrow::GetBuildInfo().version_string, LuaVersion(), CPU_COUNT(&cores));
}

// "text; remedy", on one line.
std::string LineOf(const Diagnosis& diagnosis, bool verbose) {
  const Finding& finding = diagnosis.finding;
  std::string found = finding.ok() ? *finding : finding.status().message();
  const ErrorDetail* detail = finding.ok() ? nullptr : GetErrorDetail(finding.status());
  if (detail != nullptr && !detail->hint.empty()) found += "; " + detail->hint;
  if (!verbose) std::replace(found.begin(), found.end(), '\n', ' ');
  if (verbose && !finding.ok()) found = ErrorText(finding.status(), true);
  return fmt::format("{:<8} {:<6} {}\n", diagnosis.name, finding.ok() ? "ok" : "ISSUE", found);
}

Json JsonOf(const Diagnosis& diagnosis) {
  const Finding& finding = diagnosis.finding;
  std::string name = diagnosis.name;
  name[0] = static_cast<char>(std::tolower(name[0]));
  Json json = {{"check", name}, {"ok", finding.ok()}};
  if (finding.ok()) {
    json["found"] = *finding;
  } else {
    json["error"] = ErrorJson(finding.status());
  }
  return json;
}

class DoctorCommand : public Command {
 public:
  const char* name() const override { return "doctor"; }
  const char* summary() const override { return "check that this machine can run pipelines"; }
  void Declare(CLI::App& command) override {
    command.add_option("--dataset", options_.dataset, "check that the token may read this one")
        ->type_name("NAME");
    command.add_option("--reserve", reserve_, "what must be free on the disks (default 100GB)")
        ->type_name("SIZE");
    command
        .add_option("--timeout", options_.timeout_s, "how long the checks may take (default 10)")
        ->type_name("SECONDS");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    RETURN_NOT_OK(CheckUsage());
    const std::vector<Diagnosis> diagnoses = Examine(Checks(), options_);
    size_t issues = 0;
    bool hangs = false;
    for (const Diagnosis& one : diagnoses) {
      issues += one.finding.ok() ? 0 : 1;
      hangs = hangs || one.hangs;
    }
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(Report(diagnoses, issues)) + "\n"
                                           : Text(diagnoses, issues, globals.verbose > 0)));
    const ExitCode code = issues == 0 ? ExitCode::kDone : ExitCode::kFailed;
    // A thread that hangs in the system must find nothing destroyed.
    if (hangs) std::_Exit(static_cast<int>(code));
    return code;
  }

 private:
  Status CheckUsage() {
    ARROW_ASSIGN_OR_RAISE(options_.reserve_bytes, ParseBytes(reserve_));
    if (!options_.dataset.empty()) {
      RETURN_NOT_OK(hub::RepoId::Make(hub::RepoType::kDataset, options_.dataset).status());
    }
    if (options_.timeout_s > 0 && options_.timeout_s <= kMostSeconds) return Status::OK();
    return Error(ErrorKind::kUsage,
                 fmt::format("usage: --timeout must be above 0 and at most {:g} seconds: {:g}",
                             kMostSeconds, options_.timeout_s));
  }

  static std::string Text(const std::vector<Diagnosis>& diagnoses, size_t issues, bool verbose) {
    std::string text = Machine() + "\n";
    for (const Diagnosis& one : diagnoses) text += LineOf(one, verbose);
    return text + (issues == 0 ? "Health OK\n" : fmt::format("Health Issues: {}\n", issues));
  }

  static Json Report(const std::vector<Diagnosis>& diagnoses, size_t issues) {
    Json checks = Json::array();
    for (const Diagnosis& one : diagnoses) checks.push_back(JsonOf(one));
    return {{"healthy", issues == 0},
            {"issues", issues},
            {"machine", Machine()},
            {"checks", std::move(checks)}};
  }

  DoctorOptions options_;
  std::string reserve_ = "100GB";
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() { return std::make_unique<DoctorCommand>(); }

}  // namespace tideway::app
