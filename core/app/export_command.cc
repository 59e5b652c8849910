#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/export/check_secrets.h"
#include "core/app/export/sealed_file.h"
#include "core/app/export/slurm_script.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/base/file.h"
#include "core/hub/remote/repo_id.h"

namespace tideway::app {
namespace {

// Writes what another system runs a pipeline by.
class ExportCommand : public Command {
 public:
  const char* name() const override { return "export"; }
  const char* summary() const override { return "write a pipeline as a job of a batch system"; }
  void Declare(CLI::App& command) override {
    slurm_ = command.add_subcommand("slurm", "write an sbatch script: an array of the parts");
    DeclareSlurm(*slurm_);
    command.require_subcommand(0, 1);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    if (!slurm_->parsed()) {
      return Error(ErrorKind::kUsage, "usage: export: no action")
          .Hint("see `tideway export --help`");
    }
    RETURN_NOT_OK(Complete());
    ARROW_ASSIGN_OR_RAISE(const std::string script, SlurmScript(job_));
    RETURN_NOT_OK(CheckSecrets("what was given", script));
    if (output_ == "-") {
      RETURN_NOT_OK(PrintResult(Sealed(script)));
      return ExitCode::kDone;
    }
    RETURN_NOT_OK(WriteSealed(job_.path, Sealed(script), force_));
    ARROW_ASSIGN_OR_RAISE(const auto lines, SubmitLines(job_));
    const Json json = {{"path", job_.path}, {"shards", job_.shards}, {"submit", lines}};
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(json) + "\n" : Text(lines)));
    return ExitCode::kDone;
  }

 private:
  void DeclareSlurm(CLI::App& command) {
    command.add_option("script", script_, "a file, or the name of one in scripts/")
        ->type_name("SCRIPT")
        ->required();
    const auto option = [&](const char* names, auto& value, const char* type, const char* meaning) {
      return command.add_option(names, value, meaning)->type_name(type);
    };
    option("-p,--param", job_.parameters, "NAME=VALUE",
           "set a parameter of the pipeline; may be repeated")
        ->allow_extra_args(false);
    option("--shards", job_.shards, "N", "how many parts: an array of tasks (default 1)");
    option("--memory", job_.memory, "SIZE", "of a part, in Slurm's form (default 128G)");
    option("--cpus", job_.cpus, "N", "of a part (default 8)");
    option("--time", job_.time, "TIME", "that a part may take (default 10-00:00:00: ten days)");
    option("--partition", job_.partition, "NAME", "where it runs (default: the site's)");
    option("--account", job_.account, "NAME", "who is charged (default: the user's)");
    option("--mail", job_.mail, "USER", "who is told of changes (default: who submits); or none");
    option("--dataset", job_.dataset, "NAME", "that the health check asks the token for");
    option("--reserve", job_.reserve, "SIZE",
           "that the health check wants free on the disks (default 100GB)");
    command.add_flag("--requeue,!--no-requeue", job_.requeue,
                     "start it again where its time ran out or its node failed (default)");
    option("--output", output_, "FILE", "where to write it (default NAME.sbatch); - prints it");
    command.add_flag("--force", force_, "replace a file that was changed");
  }

  // What the script, the program and the folder say.
  Status Complete() {
    ARROW_ASSIGN_OR_RAISE(const std::string script, FindScript(script_));
    job_.script = CanonicalPath(script);
    job_.folder = CanonicalPath(ProjectFolder(script));
    job_.program = CanonicalPath("/proc/self/exe");
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({{}, {ParentOf(job_.script)}}));
    ARROW_ASSIGN_OR_RAISE(const Json facts, program->CallWithScript("runner", "describe",
                                                                    {{"path", script}}, script));
    RETURN_NOT_OK(CheckParameters(facts));
    job_.name = facts.value("name", "");
    job_.path = CanonicalPath(output_.empty() ? job_.name + ".sbatch" : output_);
    if (output_ == "-") job_.path = job_.folder + "/" + job_.name + ".sbatch";
    if (job_.dataset.empty()) return Status::OK();
    return hub::RepoId::Make(hub::RepoType::kDataset, job_.dataset).status();
  }

  Status CheckParameters(const Json& facts) const {
    const auto known = facts.value("parameters", std::vector<std::string>());
    const auto secrets = facts.value("secrets", std::vector<std::string>());
    for (const std::string& parameter : job_.parameters) {
      const size_t equals = parameter.find('=');
      const std::string name = parameter.substr(0, equals);
      if (equals == parameter.npos || equals == 0) {
        return Error(ErrorKind::kUsage, "usage: a parameter is name=value: " + name);
      }
      if (std::ranges::count(known, name) == 0) {
        return Error(ErrorKind::kUsage,
                     "export: the pipeline has no parameter " + name + DidYouMean(name, known));
      }
      if (std::ranges::count(secrets, name) > 0) return SecretParameter(name);
      if (!CheckSecrets(name, parameter).ok()) return SecretParameter(name);
    }
    return Status::OK();
  }

  static Status SecretParameter(const std::string& name) {
    return Error(ErrorKind::kUsage, "export: a secret is not written into a script: -p " + name)
        .Hint("set the variable that the parameter reads where you call sbatch: jobs inherit it");
  }

  std::string Text(const std::vector<std::string>& lines) const {
    std::string text = fmt::format("wrote {}: {} part{} of {}; submit with\n", job_.path,
                                   job_.shards, job_.shards == 1 ? "" : "s", job_.name);
    for (const std::string& line : lines) text += "  " + line + "\n";
    return text;
  }

  CLI::App* slurm_ = nullptr;
  SlurmJob job_;
  std::string script_;
  std::string output_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeExportCommand() { return std::make_unique<ExportCommand>(); }

}  // namespace tideway::app
