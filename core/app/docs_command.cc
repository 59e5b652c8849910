#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/manual.h"
#include "core/base/file.h"

namespace tideway::app {
namespace {

// For this repository's own build: writes docs/reference. Not listed in the help.
class DocsCommand : public Command {
 public:
  const char* name() const override { return "docs"; }
  const char* summary() const override { return "write the reference pages"; }
  void Declare(CLI::App& command) override {
    command.group("");
    command.add_option("folder", folder_, "where the pages go")->required();
  }
  Result<ExitCode> Run(const Globals&) override {
    ARROW_ASSIGN_OR_RAISE(auto result, AskManual("reference", nlohmann::ordered_json::object()));
    if (!result["faults"].empty()) {
      std::string message = "docs: docstrings lack something:";
      for (const auto& fault : result["faults"]) message += "\n  " + fault.get<std::string>();
      return Error(ErrorKind::kUsage, message);
    }
    RETURN_NOT_OK(MakeFolders(folder_));
    for (const auto& [name, page] : result["pages"].items()) {
      RETURN_NOT_OK(WriteFileAtomic(folder_ + "/" + name, page.get<std::string>()));
    }
    return ExitCode::kDone;
  }

 private:
  std::string folder_;
};

}  // namespace

std::unique_ptr<Command> MakeDocsCommand() { return std::make_unique<DocsCommand>(); }

}  // namespace tideway::app
