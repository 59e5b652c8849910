#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/hub/action.h"

namespace tideway::app {

void HubTarget::Declare(CLI::App& command) {
  command
      .add_option("repository", repository,
                  "ns/name of a dataset, or hf://datasets/ns/name@revision/path")
      ->type_name("REPOSITORY")
      ->required();
}

void HubTarget::DeclareRevision(CLI::App& command, const char* meaning) {
  command.add_option("--revision", revision, meaning)->type_name("REV");
}

void HubPatterns::Declare(CLI::App& command) {
  command.add_option("--include", include, "only files that match, such as \"data/*\"")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command.add_option("--exclude", exclude, "no files that match")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
}

Result<hub::HubPath> HubTarget::Resolve() const {
  hub::HubPath path;
  if (repository.starts_with("hf://")) {
    ARROW_ASSIGN_OR_RAISE(path, hub::HubPath::Parse(repository));
  } else {
    ARROW_ASSIGN_OR_RAISE(path.repo, hub::RepoId::Make(hub::RepoType::kDataset, repository));
  }
  if (!revision.empty()) path.revision = revision;
  if (path.revision.empty()) path.revision = "main";
  return path;
}

Result<hub::HubPath> HubTarget::ResolveWhole() const {
  ARROW_ASSIGN_OR_RAISE(hub::HubPath path, Resolve());
  if (path.path.empty()) return path;
  return Error(ErrorKind::kUsage,
               fmt::format("usage: a whole repository is meant here: {}", repository))
      .Hint(fmt::format("leave /{} out", path.path));
}

}  // namespace tideway::app
