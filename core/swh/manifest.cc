#include "core/swh/manifest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/swh/file_name.h"
#include "core/swh/sha1.h"

namespace tideway::swh {
namespace {

constexpr int kHexBase = 16;
constexpr size_t kMostEarlyBatches = 2;

Result<Row> ParseLine(const std::string& path, int64_t number, const std::string& line) {
  Row row = Row::parse(line, nullptr, /*allow_exceptions=*/false);
  if (row.is_object() && IsSha1(TextOf(row, "blob_id"))) return row;
  return Error(ErrorKind::kData,
               fmt::format("swh: line {} of the manifest makes no sense: {}", number, path))
      .Hint("delete the line: its blob is then fetched again");
}

bool IsThere(const std::string& path, int64_t size) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 && facts.st_size == size;
}

}  // namespace

std::string ManifestPath(const std::string& to, const std::string& language) {
  return fmt::format("{}/{}_manifest.jsonl", to, LanguageName(language));
}

Result<int64_t> ReadManifest(const std::string& path,
                             const std::function<Status(const Row&)>& visit) {
  int64_t size = 0;
  if (!FileExists(path)) return size;
  std::ifstream file(path);
  std::string line;
  for (int64_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) return size;  // cut off
    size += static_cast<int64_t>(line.size()) + 1;
    ARROW_ASSIGN_OR_RAISE(const Row row, ParseLine(path, number, line));
    RETURN_NOT_OK(visit(row));
  }
  if (!file.eof()) return ErrnoError(errno, "swh: cannot read the manifest", path);
  return size;
}

size_t Manifest::HashOfDigest::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Manifest::Manifest(const ManifestOptions& options)
    : options_(options), path_(ManifestPath(options.to, options.language)) {}

Manifest::~Manifest() {
  if (fd_ >= 0) close(fd_);
  if (lock_ >= 0) close(lock_);
}

Manifest::Digest Manifest::DigestOf(const std::string& blob_id) {
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<char>(std::stoi(blob_id.substr(2 * i, 2), nullptr, kHexBase));
  }
  return digest;
}

Status Manifest::Lock() {
  const std::string path = fmt::format("{}/.{}.lock", options_.to, LanguageName(options_.language));
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) return ErrnoError(errno, "swh: cannot lock", path);
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    struct stat facts{};
    was_interrupted_ = fstat(lock_, &facts) == 0 && facts.st_size > 0;
    return was_interrupted_ ? Status::OK() : WriteAll(lock_, "+", path);
  }
  return Error(ErrorKind::kConflict,
               "swh: another process downloads " + options_.language + " into " + options_.to)
      .Hint("wait for it to end, or download into another folder");
}

Status Manifest::OpenForAdding(int64_t size) {
  if (fd_ >= 0) close(fd_);
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) return ErrnoError(errno, "swh: cannot open the manifest", path_);
  if (ftruncate(fd_, size) != 0 || lseek(fd_, size, SEEK_SET) != size) {
    return ErrnoError(errno, "swh: cannot open the manifest", path_);
  }
  size_ = size;
  return SyncFolder(options_.to);
}

Result<std::unique_ptr<Manifest>> Manifest::Open(const ManifestOptions& options) {
  RETURN_NOT_OK(MakeFolders(options.to));
  std::unique_ptr<Manifest> manifest(new Manifest(options));
  RETURN_NOT_OK(manifest->Lock());
  std::set<int64_t> useless;
  int64_t number = 0;
  const auto take = [&](const Row& row) -> Status {
    const std::string state = TextOf(row, "state");
    const bool again = options.again && options.again(state);
    const bool gone =
        state == "fetched" && !IsThere(options.to + "/" + TextOf(row, "file"), IntOf(row, "size"));
    if (again || gone || !manifest->Claim(TextOf(row, "blob_id"))) useless.insert(number);
    ++number;
    return Status::OK();
  };
  ARROW_ASSIGN_OR_RAISE(const int64_t size, ReadManifest(manifest->path(), take));
  number = 0;
  RETURN_NOT_OK(useless.empty() ? manifest->OpenForAdding(size)
                                : manifest->Remove([&](const Row&) -> Result<bool> {
                                    return useless.contains(number++);
                                  }));
  return manifest;
}

Status Manifest::Remove(const std::function<Result<bool>(const Row&)>& goes) {
  ARROW_ASSIGN_OR_RAISE(const auto rest, AtomicFile::Create(path_));
  const auto copy = [&](const Row& row) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool gone, goes(row));
    return gone ? Status::OK() : rest->Write(row.dump() + "\n");
  };
  RETURN_NOT_OK(ReadManifest(path_, copy).status());
  RETURN_NOT_OK(rest->Publish());
  return OpenForAdding(rest->size());
}

bool Manifest::Claim(const std::string& blob_id) { return blobs_.insert(DigestOf(blob_id)).second; }

Status Manifest::Write() {
  const Status written = WriteAll(fd_, waiting_, path_);
  if (!written.ok()) {
    // Half a line is no line for whoever adds next.
    if (ftruncate(fd_, size_) == 0) lseek(fd_, size_, SEEK_SET);
    return written;
  }
  size_ += static_cast<int64_t>(waiting_.size());
  waiting_.clear();
  waiting_lines_ = 0;
  return fdatasync(fd_) == 0 ? Status::OK()
                             : ErrnoError(errno, "swh: cannot sync the manifest", path_);
}

Status Manifest::Add(int64_t number, std::string line) {
  std::lock_guard lock(mutex_);
  early_.emplace(number, std::move(line));
  const bool is_late = early_.size() > kMostEarlyBatches * options_.batch;
  for (auto first = early_.begin(); first != early_.end() && (is_late || first->first <= next_);
       first = early_.erase(first)) {
    next_ = std::max(next_, first->first + 1);
    waiting_ += first->second + "\n";
    ++waiting_lines_;
  }
  return waiting_lines_ >= options_.batch ? Write() : Status::OK();
}

Status Manifest::Finish() {
  std::lock_guard lock(mutex_);
  for (const auto& [number, line] : early_) waiting_ += line + "\n";
  early_.clear();
  if (!waiting_.empty()) RETURN_NOT_OK(Write());
  return ftruncate(lock_, 0) == 0 ? Status::OK()
                                  : ErrnoError(errno, "swh: cannot write the lock of", path_);
}

}  // namespace tideway::swh
