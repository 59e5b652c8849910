#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/base/owner.h"
#include "core/hub/remote/blob_fetch_internal.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIncomplete = ".tideway.incomplete";
constexpr int kRangeNotSatisfiable = 416;

std::string PartialName(const std::string& blob) {
  return fmt::format("{}.{}{}", blob, OwnerMark(), kIncomplete);
}

// Those addresses are signed for a time.
bool IsExpired(const net::Request& request, const net::Response& response) {
  const auto asked = net::OriginOf(request.url), answered = net::OriginOf(response.url);
  if (!asked.ok() || !answered.ok() || *asked == *answered) return false;
  return response.status == 400 || response.status == 401 || response.status == 403 ||
         response.status == 404 || response.status == 410;
}

}  // namespace

BlobFetch::BlobFetch(Api& api, const Cache& cache, RepoId repo, std::string commit)
    : api_(api), cache_(cache), repo_(std::move(repo)), commit_(std::move(commit)) {}

void BlobFetch::FindLeftovers() {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(cache_.blobs(), problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kIncomplete)) continue;
    const size_t dot = name.find('.');
    const std::string mark = name.substr(dot + 1, name.size() - kIncomplete.size() - dot - 1);
    if (OwnerIsGone(mark)) leftovers_[name.substr(0, dot)] = entry.path().string();
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
  const auto blob = std::make_shared<PartialBlob>(hash, file.size);
  RETURN_NOT_OK(blob->Open(PartialName(cache_.blob(hash)), leftover));
  RETURN_NOT_OK(Receive(file, blob, cancel));
  blob->Keep();
  std::lock_guard lock(mutex_);
  fetched_[hash] = blob->path();
  bytes_ += file.size;
  return Status::OK();
}

// Until it is whole. As long as something comes each time, a connection may break as often as it
// likes; wrong bytes are asked for once more.
Status BlobFetch::Receive(const RemoteFile& file, const std::shared_ptr<PartialBlob>& sink,
                          const CancelToken& cancel) {
  PartialBlob& blob = *sink;
  constexpr int kMostExpired = 3;
  net::Request request = api_.RequestFor("GET", fmt::format("/{}/resolve/{}/{}", repo_.web_path(),
                                                            commit_, net::EncodePath(file.path)));
  request.compressed = false;
  request.time.stall_s = api_.settings().download_timeout_s;
  request.size.body = file.size + 1;
  request.sink = sink;
  request.before_try = [sink](net::Headers& headers) { sink->AskForRest(headers); };
  int expired = 0, wrong = 0;
  if (blob.written() == file.size) {  // left by another process
    ARROW_ASSIGN_OR_RAISE(const bool whole, blob.IsWhole());
    if (whole) return Status::OK();
  }
  for (;;) {
    const int64_t before = blob.written();
    const auto response = api_.client().Send(request, cancel);
    if (!response.ok()) {
      if (IsRetryable(response.status()) && blob.written() > before) continue;
      return response.status();
    }
    if (IsExpired(request, *response) && ++expired < kMostExpired) continue;
    if (response->status == kRangeNotSatisfiable && ++wrong < 2) {
      RETURN_NOT_OK(blob.Restart());
      continue;
    }
    if (!response->ok()) {
      return AnswerError({repo_, commit_, file.path}, api_.settings(), request, *response);
    }
    if (blob.written() < file.size && blob.written() > before) continue;
    ARROW_ASSIGN_OR_RAISE(const bool whole, blob.IsWhole());
    if (whole) return Status::OK();
    if (++wrong < 2) continue;
    return Error(ErrorKind::kData,
                 fmt::format("hub: {} of {} comes with other bytes than the Hub lists: "
                             "not {} bytes with the hash {}",
                             file.path, repo_.id, file.size, HashOf(file)))
        .Hint("a proxy or mirror between may change them; try again later");
  }
}

// One sync for all: until then none of them has the name under which it would be taken for whole.
Status BlobFetch::Publish() {
  std::erase_if(fetched_, [](const auto& entry) { return entry.second.empty(); });
  if (fetched_.empty()) return Status::OK();
  const int folder = open(cache_.blobs().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return ErrnoError(errno, "cannot open", cache_.blobs());
  const int synced = syncfs(folder);
  const int problem = errno;
  close(folder);
  if (synced != 0) return ErrnoError(problem, "cannot sync", cache_.blobs());
  for (const auto& [hash, path] : fetched_) {
    const std::string blob = cache_.blob(hash);
    if (rename(path.c_str(), blob.c_str()) != 0) return ErrnoError(errno, "cannot write", blob);
  }
  return Status::OK();
}

}  // namespace tideway::hub
