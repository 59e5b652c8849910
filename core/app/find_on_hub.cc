#include "core/app/find_on_hub.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/app/fetch_file.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/run_context.h"
#include "core/hub/remote/fetch.h"
#include "core/hub/remote/path_patterns.h"
#include "core/hub/remote/range_fetch.h"

namespace tideway::app {
namespace {

// Smaller files come whole: asking for their parts would take as long.
constexpr int64_t kWorthParts = int64_t{1} << 20;

bool IsWorthParts(const hub::RemoteFile& file) {
  return !file.sha256.empty() && file.size >= kWorthParts;
}

// A file of `commit` that is to appear under `path`.
Result<std::shared_ptr<dataset::DistantFile>> Distant(
    const std::shared_ptr<hub::Api>& api, const hub::RepoId& repo, const std::string& commit,
    const hub::RemoteFile& file, const std::string& path, dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const ScratchFolder* scratch, run.scratch());
  const auto parts = std::make_shared<hub::RangeFetch>(*api, repo, commit, file);
  dataset::DistantContent content{.size = file.size, .sha256 = file.sha256};
  content.fetch_range = [api, parts, &run](ByteRange range, int fd) {
    return parts->Fetch(range, fd, run.cancel());
  };
  content.fetch_all = [api, repo, commit, file, &run]() {
    return hub::FetchFile(*api, {repo, file.path, commit}, run.cancel()).status();
  };
  const std::string name = commit + "\n" + repo.id + "\n" + file.path;
  return std::make_shared<dataset::DistantFile>(
      path, scratch->path() + "/" + Hash128Hex(name) + ".parts", std::move(content));
}

}  // namespace

Result<std::vector<dataset::FoundFile>> FindOnHub(const std::string& url, dataset::Reads reads,
                                                  const hub::Lookup& environment,
                                                  dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const hub::HubPath place, hub::HubPath::Parse(url));
  if (place.path.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: which files of {}?", url))
        .Hint(fmt::format("name them: {}/data/*.parquet", url));
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<hub::Api> api, hub::OpenApi(environment));
  const std::string revision = place.revision.empty() ? "main" : place.revision;
  hub::SnapshotRequest request{place.repo, revision, {hub::PatternOfPath(place.path)}};
  if (reads == dataset::Reads::kParts) request.leave = IsWorthParts;
  ARROW_ASSIGN_OR_RAISE(const hub::FetchedSnapshot snapshot,
                        hub::FetchSnapshot(*api, request, run.cancel()));
  std::vector<dataset::FoundFile> files;
  for (const hub::RemoteFile& file : snapshot.files) {
    files.push_back({snapshot.folder + "/" + file.path,
                     fmt::format("hf://{}s/{}@{}/{}", place.repo.noun(), place.repo.id,
                                 snapshot.commit, file.path)});
    dataset::FoundFile& found = files.back();
    if (FileExists(found.path)) continue;
    ARROW_ASSIGN_OR_RAISE(found.distant,
                          Distant(api, place.repo, snapshot.commit, file, found.path, run));
  }
  if (!files.empty()) return files;
  return Error(ErrorKind::kNotFound, fmt::format("hub: no file {} in {} {} at {}", place.path,
                                                 place.repo.noun(), place.repo.id, revision))
      .Hint(fmt::format("see `tideway hub ls {}`", place.repo.id));
}

void ReadAddresses(hub::Lookup environment) {
  dataset::SetFetch(FetchFile);
  dataset::SetFind(
      "hf://", [environment = std::move(environment)](const std::string& url, dataset::Reads reads,
                                                      dataset::RunContext& run) {
        return FindOnHub(url, reads, environment, run);
      });
}

}  // namespace tideway::app
