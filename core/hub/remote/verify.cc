#include "core/hub/remote/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "core/base/work_all.h"
#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/fetch_internal.h"
#include "core/hub/remote/remote_path.h"
#include "core/hub/remote/tree_file.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

// A disk that many machines share answers more readers sooner; each has a core to hash with.
const size_t kAtOnce = std::max(4U, std::thread::hardware_concurrency());

Result<std::string> CommitFor(Api& api, const Cache& cache, const SnapshotRequest& request,
                              const CancelToken& cancel) {
  if (IsCommit(request.revision)) return request.revision;
  if (!api.settings().offline) {
    ARROW_ASSIGN_OR_RAISE(const RepoInfo info, api.Info(request.repo, request.revision, cancel));
    return info.commit;
  }
  const auto known = cache.CommitOf(request.revision);
  if (known) return *known;
  return Error(ErrorKind::kNotFound,
               fmt::format("hub: offline, and nobody noted which commit {} of {} is",
                           request.revision, request.repo.id))
      .Hint("name it with --revision, or unset HF_HUB_OFFLINE");
}

// The Hub's own list, where it can be asked: what is to be verified does not vouch for itself.
Result<std::vector<RemoteFile>> ListFor(Api& api, const Cache& cache,
                                        const SnapshotRequest& request, const std::string& commit,
                                        const CancelToken& cancel) {
  if (!api.settings().offline) return api.Tree(request.repo, commit, "", cancel);
  auto noted = cache.ReadTree(commit);
  if (!noted && !request.local_folder.empty()) {
    noted = ReadTreeFile(request.local_folder + "/.cache/huggingface", commit);
  }
  if (noted) return std::move(*noted);
  return Error(ErrorKind::kNotFound, fmt::format("hub: offline, and nobody noted the files of {} "
                                                 "at {}",
                                                 request.repo.id, commit))
      .Hint("unset HF_HUB_OFFLINE");
}

// Empty: it is right.
Result<std::string> WrongIn(const std::string& path, const RemoteFile& file, Transfer& transfer,
                            const CancelToken& cancel) {
  std::error_code problem;
  if (!fs::exists(path, problem)) return "missing";
  if (!fs::is_regular_file(path, problem)) return "no file";
  const auto size = static_cast<int64_t>(fs::file_size(path, problem));
  if (problem) return ErrnoError(problem.value(), "hub: cannot read", path);
  if (size != file.size) return fmt::format("{} bytes instead of {}", size, file.size);
  ARROW_ASSIGN_OR_RAISE(const bool same,
                        FileHasContent(path, HashOf(file), file.size, [&](int64_t bytes) {
                          transfer.AddBytes(bytes);
                          return cancel.Check();
                        }));
  return same ? "" : "other bytes than the hash says";
}

}  // namespace

Result<Verified> VerifySnapshot(Api& api, const SnapshotRequest& request,
                                const CancelToken& cancel) {
  const Cache cache(api.settings().cache, request.repo, api.settings().symlinks);
  Verified verified;
  ARROW_ASSIGN_OR_RAISE(verified.commit, CommitFor(api, cache, request, cancel));
  ARROW_ASSIGN_OR_RAISE(auto all, ListFor(api, cache, request, verified.commit, cancel));
  const std::vector<RemoteFile> files = Wanted(std::move(all), request);
  verified.folder =
      request.local_folder.empty() ? cache.snapshot(verified.commit) : request.local_folder;
  for (const RemoteFile& file : files) {
    RETURN_NOT_OK(CheckRemotePath(file.path));
    verified.bytes += file.size;
  }
  verified.files = static_cast<int64_t>(files.size());
  api.transfer().Begin("verify", verified.files, verified.bytes);
  std::vector<std::string> wrong(files.size());
  CancelToken stop;
  RETURN_NOT_OK(WorkAll(files.size(), kAtOnce, stop, [&](size_t i) -> Status {
    RETURN_NOT_OK(cancel.Check());
    ARROW_ASSIGN_OR_RAISE(
        wrong[i], WrongIn(verified.folder + "/" + files[i].path, files[i], api.transfer(), cancel));
    api.transfer().AddFile();
    return Status::OK();
  }));
  for (size_t i = 0; i < files.size(); ++i) {
    if (!wrong[i].empty()) verified.wrong.push_back({files[i].path, std::move(wrong[i])});
  }
  return verified;
}

}  // namespace tideway::hub
