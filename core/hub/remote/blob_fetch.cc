#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/owner.h"
#include "core/hub/remote/blob_fetch_internal.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIncomplete = ".tideway.incomplete";
constexpr int kRangeNotSatisfiable = 416;

// A name that no other has; the owner's mark has no dot.
std::string PartialName(const std::string& blob) {
  static std::atomic<uint64_t> next{0};
  return fmt::format("{}.{}.{}{}", blob, next++, OwnerMark(), kIncomplete);
}

// The blobs that this process is about to have, so that none is fetched twice at once.
class UnderWay {
 public:
  static UnderWay& Instance() {
    static UnderWay under_way;
    return under_way;
  }
  // Waits until nobody else fetches it.
  Status Enter(const std::string& blob, const CancelToken& cancel) {
    constexpr std::chrono::milliseconds kLook{100};
    std::unique_lock lock(mutex_);
    while (!blobs_.insert(blob).second) {
      RETURN_NOT_OK(cancel.Check());
      left_.wait_for(lock, kLook);
    }
    return Status::OK();
  }
  void Leave(const std::string& blob) {
    std::lock_guard lock(mutex_);
    blobs_.erase(blob);
    left_.notify_all();
  }
  bool Has(const std::string& blob) {
    std::lock_guard lock(mutex_);
    return blobs_.contains(blob);
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::set<std::string> blobs_;
};

}  // namespace

BlobFetch::BlobFetch(Api& api, const Cache& cache, RepoId repo, std::string commit)
    : api_(api), cache_(cache), repo_(std::move(repo)), commit_(std::move(commit)) {}

BlobFetch::~BlobFetch() {
  for (const auto& [hash, path] : fetched_) UnderWay::Instance().Leave(cache_.blob(hash));
}

void BlobFetch::FindLeftovers() {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(cache_.blobs(), problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kIncomplete)) continue;
    const std::string stem = name.substr(0, name.size() - kIncomplete.size());
    const std::string hash = stem.substr(0, stem.find('.'));
    const std::string mark = stem.substr(stem.rfind('.') + 1);
    const bool own = mark == OwnerMark() && !UnderWay::Instance().Has(cache_.blob(hash));
    if (own || OwnerIsGone(mark)) leftovers_[hash] = entry.path().string();
  }
}

Status BlobFetch::Fetch(const RemoteFile& file, const CancelToken& cancel) {
  const std::string& hash = HashOf(file);
  std::string leftover;
  {
    std::lock_guard lock(mutex_);
    if (!fetched_.emplace(hash, "").second) return Status::OK();
    if (const auto found = leftovers_.find(hash); found != leftovers_.end())
      leftover = found->second;
  }
  const Status entered = UnderWay::Instance().Enter(cache_.blob(hash), cancel);
  if (!entered.ok() || FileExists(cache_.blob(hash))) {
    std::lock_guard lock(mutex_);
    fetched_.erase(hash);
    if (entered.ok()) UnderWay::Instance().Leave(cache_.blob(hash));
    return entered;
  }
  const auto blob = std::make_shared<PartialBlob>(hash, file.size);
  RETURN_NOT_OK(blob->Open(PartialName(cache_.blob(hash)), leftover));
  RETURN_NOT_OK(Receive(file, blob, cancel));
  blob->Keep();
  std::lock_guard lock(mutex_);
  fetched_[hash] = blob->path();
  ++files_;
  bytes_ += file.size;
  return Status::OK();
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
  constexpr int kMostExpired = 3, kMostWrong = 2;
  net::Request request = api_.RequestFor("GET", repo_.file_path(commit_, file.path));
  request.compressed = false;
  request.time.stall_s = api_.settings().download_timeout_s;
  request.size.body = file.size + 1;
  request.sink = sink;
  request.before_try = [sink](net::Headers& headers) { sink->AskForRest(headers); };
  int expired = 0, wrong = 0;
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
      return response.status();
    }
    if (blob.written() > before) expired = 0;
    if (IsExpired(api_.settings(), *response) && ++expired < kMostExpired) continue;
    if (response->status == kRangeNotSatisfiable && ++wrong < kMostWrong) {
      RETURN_NOT_OK(blob.Restart());
      continue;
    }
    if (!response->ok()) {
      return AnswerError({repo_, commit_, file.path}, api_.settings(), request, *response);
    }
    if (blob.written() == file.size || blob.written() > before) continue;
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

// One sync for all: until then none of them has the name under which it would be taken for whole.
Status BlobFetch::Publish() {
  const bool any =
      std::ranges::any_of(fetched_, [](const auto& entry) { return !entry.second.empty(); });
  if (!any) return Status::OK();
  const int folder = open(cache_.blobs().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return ErrnoError(errno, "cannot open", cache_.blobs());
  const int synced = syncfs(folder);
  const int problem = errno;
  close(folder);
  if (synced != 0) return ErrnoError(problem, "cannot sync", cache_.blobs());
  for (const auto& [hash, path] : fetched_) {
    if (path.empty()) continue;
    const std::string blob = cache_.blob(hash);
    if (rename(path.c_str(), blob.c_str()) != 0) return ErrnoError(errno, "cannot write", blob);
  }
  return SyncFolder(cache_.blobs());
}

}  // namespace tideway::hub
