#include "core/app/find_on_hub.h"

#include <fmt/format.h>

#include <utility>

#include "core/dataset/run_context.h"
#include "core/hub/remote/fetch.h"
#include "core/hub/remote/path_patterns.h"

namespace tideway::app {

Result<std::vector<dataset::FoundFile>> FindOnHub(const std::string& url,
                                                  const hub::Lookup& environment,
                                                  dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const hub::HubPath place, hub::HubPath::Parse(url));
  if (place.path.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: which files of {}?", url))
        .Hint(fmt::format("name them: {}/data/*.parquet", url));
  }
  ARROW_ASSIGN_OR_RAISE(hub::Settings settings, hub::Settings::Read(environment));
  hub::Api api(std::move(settings), net::SharedClient());
  const std::string revision = place.revision.empty() ? "main" : place.revision;
  ARROW_ASSIGN_OR_RAISE(
      const hub::FetchedSnapshot snapshot,
      hub::FetchSnapshot(api, {place.repo, revision, {hub::PatternOfPath(place.path)}, {}},
                         run.cancel()));
  std::vector<dataset::FoundFile> files;
  for (const hub::RemoteFile& file : snapshot.files) {
    files.push_back({snapshot.folder + "/" + file.path,
                     fmt::format("hf://{}s/{}@{}/{}", place.repo.noun(), place.repo.id,
                                 snapshot.commit, file.path)});
  }
  if (!files.empty()) return files;
  return Error(ErrorKind::kNotFound, fmt::format("hub: no file {} in {} {} at {}", place.path,
                                                 place.repo.noun(), place.repo.id, revision))
      .Hint(fmt::format("see `tideway hub ls {}`", place.repo.id));
}

}  // namespace tideway::app
