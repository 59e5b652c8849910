#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/owner.h"
#include "core/hub/remote/content_hash.h"
#include "core/mirror/dataset_mirror.h"

namespace tideway::mirror {
namespace {

namespace fs = std::filesystem;

Error NotRight(const std::string& id, size_t wrong, size_t extra, int64_t files) {
  return Error(
             ErrorKind::kData,
             fmt::format("mirror: {}: {} of {} files are not what the commit has, and {} are none "
                         "of it",
                         id, wrong, files, extra))
      .Hint("run it with `repair`: it fetches these files only, and puts those aside");
}

}  // namespace

Status DatasetMirror::Verify() {
  constexpr double kPause_s = 1;
  for (bool waited = false;; waited = true) {
    ARROW_ASSIGN_OR_RAISE(const auto lease, work_.leases.Try(LeaseOf("verify")));
    if (lease != nullptr) return VerifyUnder(*lease, waited);
    if (!waited) LogInfo("mirror: {}: another process verifies it: waits", repo_.id);
    RETURN_NOT_OK(work_.hooks.patience.Pause(kPause_s, work_.cancel));
  }
}

Status DatasetMirror::VerifyUnder(Lease& lease, bool waited) {
  ARROW_ASSIGN_OR_RAISE(Datasets datasets, work_.status.Read());
  const DatasetStatus& status = datasets[repo_.id];
  const bool verified = status.state == "verified" && status.commit == report_.commit;
  // Who asks for nothing but that has it done, unless another just did it.
  const bool asked = work_.request.force || !work_.request.download;
  if (verified && (!asked || waited)) {
    report_.state = "verified";
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Findings found, Look());
  for (const hub::WrongFile& file : found.wrong) {
    report_.wrong.push_back(fmt::format("{}: {}", file.path, file.what));
  }
  for (const std::string& path : found.extra) {
    report_.wrong.push_back(fmt::format("{}: no file of the commit", path));
  }
  for (const std::string& wrong : report_.wrong) LogWarn("WRONG {}: {}", repo_.id, wrong);
  if (!report_.wrong.empty()) {
    if (!work_.request.repair) {
      RETURN_NOT_OK(SetState("wrong"));
      return NotRight(repo_.id, found.wrong.size(), found.extra.size(), report_.files);
    }
    RETURN_NOT_OK(Repair(found, lease));
  }
  LogInfo("VERIFIED {}: commit {}, {} files, {}", repo_.id, report_.commit, report_.files,
          FormatBytes(report_.bytes));
  return SetState("verified");
}

Result<DatasetMirror::Findings> DatasetMirror::Look() const {
  ARROW_ASSIGN_OR_RAISE(auto verified, hub::VerifySnapshot(work_.api,
                                                           {.repo = repo_,
                                                            .revision = report_.commit,
                                                            .include = work_.request.include,
                                                            .exclude = work_.request.exclude,
                                                            .local_folder = place_},
                                                           work_.cancel));
  Findings found{.wrong = std::move(verified.wrong), .extra = {}};
  ARROW_ASSIGN_OR_RAISE(found.extra, folder_.Others(all_));
  return found;
}

// Only what is wrong is fetched, and then read from the disk once more.
Status DatasetMirror::Repair(const Findings& found, Lease& lease) {
  std::set<std::string> paths;
  for (const hub::WrongFile& file : found.wrong) paths.insert(file.path);
  std::vector<const hub::RemoteFile*> files;
  int64_t bytes = 0;
  for (const hub::RemoteFile& file : files_) {
    if (!paths.contains(file.path)) continue;
    files.push_back(&file);
    bytes += file.size;
  }
  RETURN_NOT_OK(WaitForRoom(bytes));
  ARROW_ASSIGN_OR_RAISE(const int64_t fetched,
                        folder_.FetchFiles(
                            work_.api, repo_, report_.commit, files, FetcherOf("repair"),
                            [&lease] { return lease.Check(); }, work_.cancel));
  report_.fetched_files += fetched;
  report_.fetched_bytes += bytes;
  for (const hub::RemoteFile* file : files) {
    const std::string path = place_ + "/" + file->path;
    ARROW_ASSIGN_OR_RAISE(const bool right,
                          hub::FileHasContent(path, hub::HashOf(*file), file->size,
                                              [&](int64_t) { return work_.cancel.Check(); }));
    if (right) continue;
    return Error(ErrorKind::kIo, fmt::format("mirror: fetched anew, and still not right: {}", path))
        .Hint("the disk or the memory of this machine may be failing");
  }
  RETURN_NOT_OK(PutAside(found.extra));
  LogInfo("REPAIRED {}: {} files fetched, {} put aside", repo_.id, files.size(),
          found.extra.size());
  return Status::OK();
}

Status DatasetMirror::PutAside(const std::vector<std::string>& extra) const {
  for (const std::string& path : extra) {
    const std::string from = place_ + "/" + path, to = Aside() + "/" + path;
    RETURN_NOT_OK(MakeFolders(ParentOf(to)));
    std::error_code problem;
    fs::rename(from, to, problem);
    if (problem) return ErrnoError(problem.value(), "mirror: cannot move to " + to, from);
  }
  return Status::OK();
}

Status DatasetMirror::Cleanup() {
  ARROW_ASSIGN_OR_RAISE(Datasets datasets, work_.status.Read());
  const bool at_work = datasets[repo_.id].state == "downloading";
  std::error_code problem;
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_.ShelfOf(""), problem)) {
    const std::string name = entry.path().filename().string();
    const bool mine = name.starts_with(OwnerMark() + ".");
    if (!mine && (!at_work || OwnerIsGone(name.substr(0, name.find('.'))))) {
      left.push_back(entry.path().string());
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto extra, folder_.Others(all_));
  for (const std::string& path : extra) left.push_back(place_ + "/" + path);
  left.push_back(Aside());
  for (const std::string& path : left) RETURN_NOT_OK(RemoveAll(path));
  ARROW_ASSIGN_OR_RAISE(const int temporaries, RemoveStaleTemporaries(work_.request.root));
  LogInfo("CLEANED {}: {} leftovers, {} files that the commit does not have", repo_.id,
          left.size() - extra.size() - 1 + static_cast<size_t>(temporaries), extra.size());
  if (at_work) return Status::OK();
  return work_.leases.Remove(FolderOfLeases());
}

}  // namespace tideway::mirror
