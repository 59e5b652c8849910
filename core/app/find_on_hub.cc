#include "core/app/find_on_hub.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/run_context.h"
#include "core/hub/remote/fetch.h"
#include "core/hub/remote/path_patterns.h"
#include "core/hub/remote/range_fetch.h"

namespace tideway::app {
namespace {

bool IsWorthParts(const hub::RemoteFile& file) {
  return !file.sha256.empty() && file.size >= dataset::kWorthParts;
}

// A file of `commit` that is to appear under `path`.
Result<std::shared_ptr<dataset::DistantFile>> Distant(
    const std::shared_ptr<hub::Api>& api, const hub::RepoId& repo, const std::string& commit,
    const hub::RemoteFile& file, const std::string& path, dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const ScratchFolder* scratch, run.scratch());
  const auto parts = std::make_shared<hub::RangeFetch>(*api, repo, commit, file);
  dataset::DistantContent content{.size = file.size, .sha256 = file.sha256};
  content.cancel = &run.cancel();
  content.fetch_range = [api, parts](ByteRange range, int fd, const CancelToken& stop) {
    return parts->Fetch(range, fd, stop);
  };
  content.fetch_all = [api, repo, commit, file, &run]() {
    return hub::FetchFile(*api, {repo, file.path, commit}, run.cancel()).status();
  };
  const std::string name = commit + "\n" + repo.id + "\n" + file.path;
  return std::make_shared<dataset::DistantFile>(
      path, scratch->path() + "/" + Hash128Hex(name) + ".parts", std::move(content));
}

// The places of one commit that addresses name, by the numbers of the addresses.
using Places = std::map<size_t, hub::HubPath>;

// By repository and revision.
Result<std::map<std::string, Places>> PlacesOf(const std::vector<std::string>& urls) {
  std::map<std::string, Places> by_commit;
  for (size_t index = 0; index < urls.size(); ++index) {
    ARROW_ASSIGN_OR_RAISE(hub::HubPath place, hub::HubPath::Parse(urls[index]));
    if (place.path.empty()) {
      return Error(ErrorKind::kUsage, fmt::format("hub: which files of {}?", urls[index]))
          .Hint(fmt::format("name them: {}/data/*.parquet", urls[index]));
    }
    const std::string commit = place.repo.web_path() + "\n" + place.revision;
    by_commit[commit].emplace(index, std::move(place));
  }
  return by_commit;
}

// The files of one commit.
class HubFinder {
 public:
  HubFinder(std::shared_ptr<hub::Api> api, dataset::Reads reads, dataset::RunContext& run)
      : api_(std::move(api)), reads_(reads), run_(run) {}

  Status Find(const Places& places, std::vector<std::vector<dataset::FoundFile>>* found) {
    const hub::HubPath& first = places.begin()->second;
    hub::SnapshotRequest request{.repo = first.repo};
    if (!first.revision.empty()) request.revision = first.revision;
    for (const auto& [index, place] : places) {
      request.include.push_back(hub::PatternOfPath(place.path));
    }
    if (reads_ == dataset::Reads::kParts) request.leave = IsWorthParts;
    ARROW_ASSIGN_OR_RAISE(const hub::FetchedSnapshot snapshot,
                          hub::FetchSnapshot(*api_, request, run_.cancel()));
    std::map<std::string, const hub::RemoteFile*> by_path;
    for (const hub::RemoteFile& file : snapshot.files) by_path[file.path] = &file;
    for (const auto& [index, place] : places) {
      for (const hub::RemoteFile* file : Named(place.path, by_path)) {
        ARROW_ASSIGN_OR_RAISE((*found)[index].emplace_back(), FileOf(request, snapshot, *file));
      }
      if (!(*found)[index].empty()) continue;
      return Error(ErrorKind::kNotFound,
                   fmt::format("hub: no file {} in {} {} at {}", place.path, place.repo.noun(),
                               place.repo.id, request.revision))
          .Hint(fmt::format("see `tideway hub ls {}`", place.repo.id));
    }
    return Status::OK();
  }

 private:
  static std::vector<const hub::RemoteFile*> Named(
      const std::string& path, const std::map<std::string, const hub::RemoteFile*>& by_path) {
    if (const auto one = by_path.find(path); one != by_path.end()) return {one->second};
    const hub::PathPatterns pattern({hub::PatternOfPath(path)});
    std::vector<const hub::RemoteFile*> named;
    for (const auto& [name, file] : by_path) {
      if (pattern.Match(name)) named.push_back(file);
    }
    return named;
  }

  Result<dataset::FoundFile> FileOf(const hub::SnapshotRequest& request,
                                    const hub::FetchedSnapshot& snapshot,
                                    const hub::RemoteFile& file) {
    dataset::FoundFile found{snapshot.folder + "/" + file.path,
                             fmt::format("hf://{}s/{}@{}/{}", request.repo.noun(), request.repo.id,
                                         snapshot.commit, file.path)};
    if (FileExists(found.path)) return found;
    ARROW_ASSIGN_OR_RAISE(found.distant,
                          Distant(api_, request.repo, snapshot.commit, file, found.path, run_));
    return found;
  }

  const std::shared_ptr<hub::Api> api_;
  const dataset::Reads reads_;
  dataset::RunContext& run_;
};

}  // namespace

Result<std::vector<std::vector<dataset::FoundFile>>> FindOnHub(const std::vector<std::string>& urls,
                                                               dataset::Reads reads,
                                                               const hub::Lookup& environment,
                                                               dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto by_commit, PlacesOf(urls));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<hub::Api> api, hub::OpenApi(environment));
  std::vector<std::vector<dataset::FoundFile>> found(urls.size());
  for (const auto& [commit, places] : by_commit) {
    RETURN_NOT_OK(HubFinder(api, reads, run).Find(places, &found));
  }
  return found;
}

}  // namespace tideway::app
