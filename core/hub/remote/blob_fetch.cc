#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/owner.h"
#include "core/hub/remote/blob_fetch_internal.h"
#include "core/hub/remote/unfinished_name.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr int kRangeNotSatisfiable = 416;
// A lock saves bytes only, and for fewer it costs more than they do.
constexpr int64_t kWorthLocking = 256 << 10;

// So that nobody who cleans up takes it for needless before there is a link to it.
void Touch(const std::string& path) {
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return;
  LogDebug("hub: cannot touch {}: {}", path, std::strerror(errno));
}

}  // namespace

Status SyncAll(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "cannot open", folder);
  const int synced = syncfs(fd);
  const int problem = errno;
  close(fd);
  return synced == 0 ? Status::OK() : ErrnoError(problem, "cannot sync", folder);
}

BlobFetch::BlobFetch(Api& api, BlobShelf shelf, RepoId repo, std::string commit, Place place)
    : api_(api),
      shelf_(std::move(shelf)),
      repo_(std::move(repo)),
      commit_(std::move(commit)),
      place_(std::move(place)) {}

void BlobFetch::FindLeftovers() {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(shelf_.folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kUnfinished)) continue;
    // "<hash>.<number>.<mark>"; only what is checked by its hash is gone on with.
    const std::string stem = name.substr(0, name.size() - kUnfinished.size());
    const std::string hash = stem.substr(0, stem.find('.'));
    const std::string mark = stem.substr(stem.rfind('.') + 1);
    if (!IsContentHash(hash)) continue;
    // Ours too, from an earlier try.
    if (shelf_.own || mark == OwnerMark() || OwnerIsGone(mark))
      leftovers_[hash] = entry.path().string();
  }
}

// Of all who fetch that content, Python's clients too.
int64_t BlobFetch::UnfinishedBytes(const std::string& hash) const {
  int64_t bytes = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(shelf_.folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(hash + ".") || !name.ends_with(".incomplete")) continue;
    const auto size = entry.file_size(problem);
    if (!problem) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

Result<std::unique_ptr<BlobLock>> BlobFetch::Lock(const RemoteFile& file,
                                                  const CancelToken& cancel) {
  if (shelf_.locks.empty() || file.size < kWorthLocking) return nullptr;
  const std::string path = fmt::format("{}/{}.lock", shelf_.locks, HashOf(file));
  if (auto lock = BlobLock::Try(path)) return lock;
  // Nobody waits with something in hand that another may be waiting for.
  ++waiting_;
  const Status published = Publish();
  auto lock = published.ok()
                  ? BlobLock::Acquire(path, fmt::format("{} of {}", file.path, repo_.id), cancel,
                                      {.progress = [&] { return UnfinishedBytes(HashOf(file)); }})
                  : published;
  --waiting_;
  return lock;
}

// What this process left itself may be in use by another of its threads, unless a lock says no.
std::string BlobFetch::LeftoverOf(const std::string& hash, bool locked) const {
  const auto leftover = leftovers_.find(hash);
  if (leftover == leftovers_.end()) return "";
  const bool own = leftover->second.ends_with("." + OwnerMark() + std::string(kUnfinished));
  return own && !locked && !shelf_.own ? "" : leftover->second;
}

Result<bool> BlobFetch::IsThere(const RemoteFile& file) const {
  const std::string blob = shelf_.blob(HashOf(file));
  std::error_code problem;
  const auto size = fs::file_size(blob, problem);
  if (problem) return false;
  if (size == static_cast<uintmax_t>(file.size)) return true;
  if (IsContentHash(HashOf(file))) return false;  // a crash of the machine may have cut it
  return Error(ErrorKind::kData,
               fmt::format("hub: two contents with the one ETag {}: {} of {} has {} bytes, and {} "
                           "has {}",
                           HashOf(file), file.path, repo_.id, file.size, blob, size))
      .Hint("remove that file, and ask the server's owner for ETags that are hashes");
}

Status BlobFetch::PlaceAll(const std::vector<const RemoteFile*>& files) const {
  for (const RemoteFile* file : files) RETURN_NOT_OK(place_(*file));
  return Status::OK();
}

Status BlobFetch::Fetch(const std::vector<const RemoteFile*>& files, const CancelToken& cancel) {
  constexpr size_t kMostHeld = 256;  // each holds a lock, and so a file descriptor
  const RemoteFile& file = *files.front();
  const std::string& hash = HashOf(file);
  RETURN_NOT_OK(cancel.Check());
  ARROW_ASSIGN_OR_RAISE(auto lock, Lock(file, cancel));
  ARROW_ASSIGN_OR_RAISE(const bool there, IsThere(file));
  if (there) {
    Touch(shelf_.blob(hash));
    api_.transfer().AddBytes(file.size);
    api_.transfer().AddFile();
    return PlaceAll(files);
  }
  const auto blob = std::make_shared<PartialBlob>(hash, file.size, &api_.transfer());
  RETURN_NOT_OK(blob->Open(UnfinishedName(shelf_.blob(hash)), LeftoverOf(hash, lock != nullptr)));
  RETURN_NOT_OK(Receive(file, blob, cancel));
  blob->Keep();
  api_.transfer().AddFile();
  bool many = false;
  {
    std::lock_guard guard(mutex_);
    held_ += lock == nullptr ? 0 : 1;
    whole_.push_back({hash, blob->path(), files, std::move(lock)});
    ++files_;
    bytes_ += file.size;
    many = held_ >= kMostHeld;
  }
  return many || waiting_ > 0 ? Publish() : Status::OK();
}

// Sends it, and hashes what comes meanwhile.
Result<net::Response> BlobFetch::SendHashing(const net::Request& request,
                                             const std::shared_ptr<PartialBlob>& blob,
                                             const CancelToken& cancel) {
  struct Answer {
    std::atomic<bool> came{false};
    Result<net::Response> result = Error(ErrorKind::kInterrupted, "hub: interrupted");
  };
  const auto answer = std::make_shared<Answer>();
  net::Client& client = api_.client();
  const uint64_t number = client.Start(request, [answer, blob](Result<net::Response> result) {
    answer->result = std::move(result);
    answer->came = true;
    blob->Wake();
  });
  const Status hashed = blob->HashUntil([&] {
    if (cancel.cancelled()) client.Cancel(number);
    return answer->came.load();
  });
  if (!hashed.ok()) client.Cancel(number);
  RETURN_NOT_OK(hashed);
  return std::move(answer->result);
}

// Until it is whole. As long as something comes each time, a connection may break as often as it
// likes; wrong bytes are asked for once more.
Status BlobFetch::Receive(const RemoteFile& file, const std::shared_ptr<PartialBlob>& sink,
                          const CancelToken& cancel) {
  PartialBlob& blob = *sink;
  if (!IsContentHash(HashOf(file))) {
    LogDebug("hub: {} of {}: the server gives no hash, so that only the size is checked: ETag {}",
             file.path, repo_.id, HashOf(file));
  }
  constexpr int kMostExpired = 3, kMostWrong = 2;
  constexpr int kMostTooSmall = 5;  // answers that end in order before the file does
  net::Request request = api_.RequestFor("GET", repo_.file_path(commit_, file.path));
  request.compressed = false;
  request.time.first_byte_s = request.time.stall_s = api_.settings().download_timeout_s;
  request.size.body = file.size + 1;
  request.sink = sink;
  request.before_try = [sink](net::Headers& headers) { sink->AskForRest(headers); };
  int expired = 0, wrong = 0, too_small = 0;
  if (file.size == 0) return Status::OK();
  for (;;) {
    if (blob.written() == file.size && file.size > 0) {
      ARROW_ASSIGN_OR_RAISE(const bool whole, blob.IsWhole());
      if (whole) return Status::OK();
      if (++wrong == kMostWrong) return WrongBytes(file);
    }
    const int64_t before = blob.written();
    const auto response = SendHashing(request, sink, cancel);
    if (!response.ok()) {
      if (blob.written() == file.size && file.size > 0) continue;
      if (IsRetryable(response.status()) && blob.written() > before) continue;
      return WithContext(fmt::format("hub: {} of {}", file.path, repo_.id), response.status());
    }
    if (blob.written() > before) expired = 0;
    if (IsExpired(api_.settings(), *response) && ++expired < kMostExpired) continue;
    if (response->status == kRangeNotSatisfiable) {
      if (++wrong == kMostWrong) return WrongBytes(file);
      RETURN_NOT_OK(blob.Restart());
      continue;
    }
    if (!response->ok()) {
      return AnswerError({repo_, commit_, file.path}, api_.settings(), request, *response);
    }
    if (blob.written() == file.size) continue;
    if (blob.written() > before && ++too_small < kMostTooSmall) continue;
    if (++wrong == kMostWrong) return WrongBytes(file);
    RETURN_NOT_OK(blob.Restart());
  }
}

Error BlobFetch::WrongBytes(const RemoteFile& file) const {
  return Error(ErrorKind::kData,
               fmt::format("hub: {} of {} comes with other bytes than the Hub lists: not {} bytes "
                           "with the hash {}",
                           file.path, repo_.id, file.size, HashOf(file)))
      .Hint("a proxy or mirror between may change them; try again later");
}

Status BlobFetch::Publish() {
  std::vector<Whole> batch;
  {
    std::lock_guard guard(mutex_);
    batch.swap(whole_);
    held_ = 0;
  }
  if (batch.empty()) return Status::OK();
  RETURN_NOT_OK(PutOnShelf(batch));
  for (const Whole& whole : batch) RETURN_NOT_OK(PlaceAll(whole.files));
  return Status::OK();
}

// One sync for all: until then none of them has the name under which it would be taken for whole.
Status BlobFetch::PutOnShelf(const std::vector<Whole>& batch) const {
  RETURN_NOT_OK(SyncAll(shelf_.folder));
  for (const Whole& whole : batch) {
    const std::string blob = shelf_.blob(whole.hash);
    Touch(whole.path);
    if (rename(whole.path.c_str(), blob.c_str()) != 0)
      return ErrnoError(errno, "cannot write", blob);
  }
  return SyncFolder(shelf_.folder);
}

}  // namespace tideway::hub
