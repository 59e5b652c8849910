#include "core/mirror/mirror.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/mirror/allow_list.h"
#include "core/mirror/dataset_mirror.h"

namespace tideway::mirror {
namespace {

struct Target {
  hub::RepoId repo;
  std::string revision;
};

// All names are looked at before anything is fetched.
Result<std::vector<Target>> TargetsOf(const MirrorRequest& request) {
  std::vector<Target> targets;
  std::set<std::string> seen;
  for (const std::string& text : request.datasets) {
    const auto at = text.find('@');
    const std::string id = text.substr(0, at);
    const std::string revision = at == text.npos ? "main" : text.substr(at + 1);
    ARROW_ASSIGN_OR_RAISE(auto repo, hub::RepoId::Make(hub::RepoType::kDataset, id));
    RETURN_NOT_OK(CheckAllowed(id, request.allow));
    if (!seen.insert(id).second) {
      return Error(ErrorKind::kUsage, fmt::format("mirror: {} is listed twice", id))
          .Hint("a mirror has one commit of each dataset");
    }
    if (revision.empty()) {
      return Error(ErrorKind::kUsage, fmt::format("mirror: no revision after the @: {}", text))
          .Hint("write ns/name, or ns/name@revision");
    }
    targets.push_back({std::move(repo), revision});
  }
  return targets;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

Status CheckEndpoint(const std::string& endpoint) {
  ARROW_ASSIGN_OR_RAISE(const net::Origin origin, net::OriginOf(endpoint));
  if (origin.scheme == "https" || IsLoopback(origin.host)) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("mirror: not over https: {}", net::RedactUrl(endpoint)))
      .Hint("set HF_ENDPOINT to an https address");
}

Status MirrorOne(DatasetMirror& dataset, const MirrorRequest& request) {
  RETURN_NOT_OK(dataset.Plan());
  if (request.download) RETURN_NOT_OK(dataset.Download());
  if (request.verify) RETURN_NOT_OK(dataset.Verify());
  return request.cleanup ? dataset.Cleanup() : Status::OK();
}

Status CheckNumber(const char* name, double value, double least) {
  if (value >= least) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("mirror: {} must be at least {}: {}", name, least, value));
}

}  // namespace

Status MirrorRequest::Validate() const {
  if (root.empty()) return Error(ErrorKind::kUsage, "mirror: no `root`, the folder to mirror into");
  if (datasets.empty()) return Error(ErrorKind::kUsage, "mirror: no dataset is named");
  if (!download && !verify && !cleanup) {
    return Error(ErrorKind::kUsage,
                 "mirror: nothing is to be done: not download, verify or clean up")
        .Hint("leave one of them switched on");
  }
  RETURN_NOT_OK(CheckNumber("reserve", static_cast<double>(reserve), 0));
  RETURN_NOT_OK(CheckNumber("room_wait_s", room_wait_s, 0));
  RETURN_NOT_OK(CheckNumber("portion", static_cast<double>(portion_bytes), 1));
  RETURN_NOT_OK(CheckNumber("at_once", static_cast<double>(at_once), 1));
  RETURN_NOT_OK(CheckNumber("lease_s", lease_s, 0.1));
  RETURN_NOT_OK(CheckNumber("tries", tries, 1));
  RETURN_NOT_OK(CheckNumber("world", world, 1));
  RETURN_NOT_OK(CheckNumber("rank", rank, 0));
  if (rank < world) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("mirror: rank must be below world ({}): {}", world, rank));
}

Status CheckRequest(const hub::Api& api, const MirrorRequest& request) {
  RETURN_NOT_OK(request.Validate());
  RETURN_NOT_OK(CheckEndpoint(api.settings().endpoint));
  return TargetsOf(request).status();
}

Result<std::vector<DatasetReport>> Mirror(hub::Api& api, const MirrorRequest& request,
                                          const CancelToken& cancel, const MirrorHooks& hooks) {
  RETURN_NOT_OK(CheckRequest(api, request));
  ARROW_ASSIGN_OR_RAISE(auto targets, TargetsOf(request));
  RETURN_NOT_OK(MakeFolders(request.root));
  RETURN_NOT_OK(CheckWritable(request.root));
  Leases leases(request.root + "/_locks", {.lease_s = request.lease_s}, hooks.clock);
  StatusFile status(request.root + "/_status.json", leases, hooks.clock, hooks.patience);
  MemoryGuard memory(hooks.memory, hooks.clock);
  Work work{api, request, hooks, leases, status, memory, cancel};
  std::vector<DatasetReport> reports;
  const size_t first =
      targets.size() * static_cast<size_t>(request.rank) / static_cast<size_t>(request.world);
  size_t failed = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[(first + i) % targets.size()];
    DatasetMirror dataset(work, target.repo, target.revision);
    const Status done = MirrorOne(dataset, request);
    if (!done.ok()) {
      RETURN_NOT_OK(cancel.Check());
      ++failed;
      dataset.Fail(done);
      LogError("ERROR {}: {}", target.repo.id, done.message());
    }
    reports.push_back(dataset.report());
  }
  if (failed == 0) LogInfo("SUCCESS: {} datasets in {}", reports.size(), request.root);
  return reports;
}

}  // namespace tideway::mirror
