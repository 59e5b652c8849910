#include "core/mirror/dataset_mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/owner.h"
#include "core/base/work_all.h"
#include "core/hub/remote/fetch_internal.h"

namespace tideway::mirror {
namespace {

namespace fs = std::filesystem;

double SecondsOf(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

int64_t SizeOf(const std::string& path) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  return problem ? -1 : static_cast<int64_t>(size);
}

int64_t ContentBytes(const std::vector<const hub::RemoteFile*>& files) {
  hub::FetchedSnapshot counts;
  hub::CountContents(files, counts);
  return counts.fetched_bytes;
}

}  // namespace

// What the threads of this process that work on one dataset know together.
struct DatasetMirror::Share {
  enum class State { kTodo, kMine, kDone };
  std::mutex mutex;
  std::vector<State> states;
  size_t begin = 0;  // where to look first
  size_t done = 0;
  size_t running = 0;
  int64_t files_there = 0;
  int64_t bytes_there = 0;
  std::chrono::nanoseconds told_at{};
};

DatasetMirror::DatasetMirror(Work& work, hub::RepoId repo, std::string revision)
    : work_(work),
      repo_(std::move(repo)),
      revision_(std::move(revision)),
      place_(work.request.root + "/" + repo_.id),
      folder_(place_),
      cache_(work.api.settings().cache, repo_, work.api.settings().symlinks),
      report_{.id = repo_.id} {}

std::string DatasetMirror::FolderOfLeases() const {
  std::string name = repo_.id;
  std::replace(name.begin(), name.end(), '/', '~');  // which no name of a repository has
  return name;
}

std::string DatasetMirror::LeaseOf(const std::string& what) const {
  return fmt::format("{}/{}/{}", FolderOfLeases(), report_.commit.substr(0, 12), what);
}

std::string DatasetMirror::FetcherOf(const std::string& portion) const {
  return OwnerMark() + "." + portion;
}

Status DatasetMirror::Plan() {
  RETURN_NOT_OK(MakeFolders(place_));
  ARROW_ASSIGN_OR_RAISE(const hub::RepoInfo info, work_.api.Info(repo_, revision_, work_.cancel));
  RETURN_NOT_OK(Agree(info));
  RETURN_NOT_OK(List(info.commit));
  portions_ = CutInPortions(files_, work_.request.portion_bytes);
  report_.files = static_cast<int64_t>(files_.size());
  for (const hub::RemoteFile& file : files_) report_.bytes += file.size;
  return Status::OK();
}

// What was begun is gone on with, so that all processes are at one commit; else the newest.
Status DatasetMirror::Agree(const hub::RepoInfo& info) {
  const double now = std::chrono::duration<double>(work_.hooks.clock.Now()).count();
  return work_.status.Change(
      [&](Datasets& datasets) {
        DatasetStatus& status = datasets[repo_.id];
        const bool begun = status.state == "downloading" && !status.commit.empty();
        const bool forced_anew = work_.request.force && !(begun && status.since > 0);
        if (forced_anew) status.since = now;
        // Who only looks, looks at what was downloaded.
        const bool may_move = work_.request.download || status.commit.empty();
        const bool newer = may_move && !begun && status.commit != info.commit;
        if (newer) status = {.commit = info.commit, .since = status.since};
        const bool there = status.state == "downloaded" || status.state == "verified";
        if (work_.request.download && (newer || forced_anew || !there)) {
          status.state = "downloading";
          status.error.clear();
        }
        report_.commit = status.commit;
        report_.state = status.state;
        since_ = work_.request.force ? status.since : 0;
        return Status::OK();
      },
      work_.cancel);
}

Status DatasetMirror::List(const std::string& head) {
  auto tree = folder_.Tree(work_.api, cache_, repo_, report_.commit, work_.cancel);
  if (!tree.ok() && KindOf(tree.status()) == ErrorKind::kNotFound && report_.commit != head) {
    LogWarn("mirror: {} has no commit {} any more: goes on with {}", repo_.id, report_.commit,
            head);
    report_.commit = head;
    RETURN_NOT_OK(SetState("downloading"));
    tree = folder_.Tree(work_.api, cache_, repo_, head, work_.cancel);
  }
  ARROW_ASSIGN_OR_RAISE(all_, std::move(tree));
  files_ = hub::Wanted(
      all_, {.repo = repo_, .include = work_.request.include, .exclude = work_.request.exclude});
  return Status::OK();
}

Status DatasetMirror::SetState(const std::string& state) {
  return work_.status.Change(
      [&](Datasets& datasets) {
        DatasetStatus& status = datasets[repo_.id];
        // Another process may have it verified already.
        const bool late = state == "downloaded" && status.state != "downloading";
        report_.state = late ? status.state : state;
        if (late) return Status::OK();
        const double since = status.since;
        const bool whole = state == "downloaded" || state == "verified";
        status = {.commit = report_.commit,
                  .state = state,
                  .files = report_.files,
                  .bytes = report_.bytes,
                  .files_there = whole ? report_.files : status.files_there,
                  .bytes_there = whole ? report_.bytes : status.bytes_there,
                  .since = since};
        return Status::OK();
      },
      work_.cancel);
}

void DatasetMirror::Fail(const Status& error) {
  report_.error = error;
  report_.state = "failed";
  const Status changed = work_.status.Change(
      [&](Datasets& datasets) {
        DatasetStatus& status = datasets[repo_.id];
        // What others are at work on goes on, and a verification has said its own.
        if (status.state != "downloading" && status.state != "wrong") status.state = "failed";
        status.error = error.message();
        return Status::OK();
      },
      work_.cancel);
  if (!changed.ok()) LogWarn("{}", changed.message());
}

// By sizes, which is quick; what others have on their way counts twice.
Status DatasetMirror::CheckRoom() {
  int64_t need = 0;
  for (const Portion& portion : portions_) {
    std::vector<const hub::RemoteFile*> missing;
    for (const hub::RemoteFile* file : portion.files) {
      if (SizeOf(place_ + "/" + file->path) != file->size) missing.push_back(file);
    }
    need += ContentBytes(missing);
  }
  if (need > 0) RETURN_NOT_OK(room().Check(need, repo_.id));
  LogInfo("mirror: {} at {}: {} files, {}; {} to fetch", repo_.id, report_.commit.substr(0, 12),
          report_.files, FormatBytes(report_.bytes), FormatBytes(need));
  return Status::OK();
}

Status DatasetMirror::Download() {
  RETURN_NOT_OK(CheckRoom());
  Share share;
  share.states.resize(portions_.size(), Share::State::kTodo);
  const auto rank = static_cast<size_t>(work_.request.rank);
  if (!portions_.empty()) {
    share.begin = portions_.size() * rank / static_cast<size_t>(work_.request.world);
  }
  const size_t at_once = std::min(work_.request.at_once, std::max<size_t>(portions_.size(), 1));
  CancelToken stop(&work_.cancel);
  RETURN_NOT_OK(WorkAll(at_once, at_once, stop, [&](size_t) -> Status {
    while (!stop.cancelled()) {
      {
        std::lock_guard lock(share.mutex);
        if (share.done == portions_.size()) return Status::OK();
      }
      RETURN_NOT_OK(WorkOn(share));
    }
    return stop.Check();
  }));
  if (report_.state == "downloading") RETURN_NOT_OK(SetState("downloaded"));
  LogInfo("COMPLETED {}: commit {}, {} files, {}; {} fetched here", repo_.id, report_.commit,
          report_.files, FormatBytes(report_.bytes), FormatBytes(report_.fetched_bytes));
  return Status::OK();
}

Status DatasetMirror::WorkOn(Share& share) {
  constexpr double kPause_s = 0.5;  // until others have given something up, or finished
  const size_t most = work_.memory.AtOnce(work_.request.at_once);
  bool may_work;
  {
    std::lock_guard lock(share.mutex);
    may_work = share.running < most;
    if (may_work) ++share.running;
  }
  bool took = false;
  if (may_work) {
    const auto taken = TakeOne(share);
    std::lock_guard lock(share.mutex);
    --share.running;
    RETURN_NOT_OK(taken.status());
    took = *taken;
  }
  Tell(share);
  return took ? Status::OK() : work_.hooks.patience.Pause(kPause_s, work_.cancel);
}

// False: there is none that nobody is at work on.
Result<bool> DatasetMirror::TakeOne(Share& share) {
  for (size_t i = 0; i < portions_.size(); ++i) {
    const size_t index = (share.begin + i) % portions_.size();
    {
      std::lock_guard lock(share.mutex);
      if (share.states[index] != Share::State::kTodo) continue;
      share.states[index] = Share::State::kMine;
    }
    const Portion& portion = portions_[index];
    Status status;
    auto lease = work_.leases.Try(LeaseOf(portion.name));
    if (!lease.ok()) status = lease.status();
    const bool mine = lease.ok() && *lease != nullptr;
    if (mine) status = FetchPortion(portion, **lease);
    const bool lost = mine && KindOf(status) == ErrorKind::kConflict && !(*lease)->Check().ok();
    if (lost) LogWarn("{}", status.message());
    std::lock_guard lock(share.mutex);
    const bool done = mine && status.ok();
    share.states[index] = done ? Share::State::kDone : Share::State::kTodo;
    if (done) {
      ++share.done;
      share.files_there += static_cast<int64_t>(portion.files.size());
      share.bytes_there += portion.bytes;
      return true;
    }
    if (!status.ok() && !lost) return status;
  }
  return false;
}

// Over broken networks and full disks.
Status DatasetMirror::FetchPortion(const Portion& portion, Lease& lease) {
  for (int attempt = 1;; ++attempt) {
    const Status fetched = FetchOnce(portion, lease);
    const ErrorKind kind = fetched.ok() ? ErrorKind::kInternal : KindOf(fetched);
    const bool full = kind == ErrorKind::kDiskFull;
    const bool broken =
        IsRetryable(fetched) && (kind == ErrorKind::kNetwork || kind == ErrorKind::kTimeout);
    if (fetched.ok() || (!full && !broken) || attempt >= work_.request.tries) return fetched;
    LogWarn("mirror: {}, portion {}: {}; try {} of {} failed", repo_.id, portion.name,
            fetched.message(), attempt, work_.request.tries);
    RETURN_NOT_OK(work_.hooks.patience.Wait(attempt, work_.cancel));
  }
}

Status DatasetMirror::FetchOnce(const Portion& portion, Lease& lease) {
  ARROW_ASSIGN_OR_RAISE(const auto missing,
                        folder_.Missing(report_.commit, portion.files, since_, work_.cancel));
  if (missing.empty()) return Status::OK();
  RETURN_NOT_OK(Adopt(portion.name));
  RETURN_NOT_OK(WaitForRoom(ContentBytes(missing)));
  const auto may_place = [&lease] { return lease.Check(); };
  ARROW_ASSIGN_OR_RAISE(const int64_t fetched,
                        folder_.FetchFiles(work_.api, repo_, report_.commit, missing,
                                           FetcherOf(portion.name), may_place, work_.cancel));
  std::lock_guard lock(mutex_);
  report_.fetched_files += fetched;
  report_.fetched_bytes += ContentBytes(missing);
  return Status::OK();
}

// What others who died at the portion have of it is gone on with. One on another machine may only
// stand still, and write on when it wakes: its files are copied, and its folder goes.
Status DatasetMirror::Adopt(const std::string& portion) const {
  const std::string mine = FetcherOf(portion);
  std::error_code problem;
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_.ShelfOf(""), problem)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("." + portion) && name != mine) left.push_back(name);
  }
  for (const std::string& name : left) {
    const std::string from = folder_.ShelfOf(name), to = folder_.ShelfOf(mine);
    const bool gone = OwnerIsGone(name.substr(0, name.find('.')));
    if (gone && !FileExists(to)) {
      fs::rename(from, to, problem);
      if (!problem) continue;
    }
    RETURN_NOT_OK(MakeFolders(to));
    fs::copy(from, to, fs::copy_options::overwrite_existing, problem);
    if (problem) LogWarn("mirror: cannot go on with {}: {}", from, problem.message());
    RETURN_NOT_OK(RemoveAll(from));
  }
  return Status::OK();
}

Status DatasetMirror::WaitForRoom(int64_t need) {
  constexpr double kPause_s = 5;
  const auto begun = work_.hooks.clock.Monotonic();
  for (bool told = false;; told = true) {
    const Status there = room().Check(need, repo_.id);
    if (there.ok() && told) LogInfo("RESUMED: there is room again in {}", work_.request.root);
    if (there.ok() || KindOf(there) != ErrorKind::kDiskFull) return there;
    const double waited_s = SecondsOf(work_.hooks.clock.Monotonic() - begun);
    if (waited_s >= work_.request.room_wait_s) return there;
    if (!told) {
      LogWarn("PAUSED: {}; waits for room for {:.0f} s", there.message(),
              work_.request.room_wait_s);
    }
    RETURN_NOT_OK(work_.hooks.patience.Pause(kPause_s, work_.cancel));
  }
}

void DatasetMirror::Tell(Share& share) {
  constexpr double kEvery_s = 10;
  int64_t files = 0, bytes = 0;
  {
    std::lock_guard lock(share.mutex);
    const auto now = work_.hooks.clock.Monotonic();
    if (SecondsOf(now - share.told_at) < kEvery_s) return;
    share.told_at = now;
    files = share.files_there;
    bytes = share.bytes_there;
  }
  LogInfo("mirror: {}: {} of {} files, {} of {}", repo_.id, files, report_.files,
          FormatBytes(bytes), FormatBytes(report_.bytes));
  const auto changed = work_.status.TryChange([&](Datasets& datasets) {
    DatasetStatus& status = datasets[repo_.id];
    if (status.state != "downloading" || status.commit != report_.commit) return Status::OK();
    status.files = report_.files;
    status.bytes = report_.bytes;
    status.files_there = std::max(status.files_there, files);
    status.bytes_there = std::max(status.bytes_there, bytes);
    return Status::OK();
  });
  if (!changed.ok()) LogWarn("{}", changed.status().message());
}

}  // namespace tideway::mirror
