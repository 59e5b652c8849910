#include "core/dataset/reuse/file_hashes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/dataset/reuse/stamp_json_internal.h"

namespace tideway::dataset {
namespace {

using nlohmann::json;

// Some ticks of the slowest clock that Linux gives its file systems (100 Hz).
constexpr std::chrono::milliseconds kTick{20};
// Lines that later ones replaced are dropped when there are so many more of them.
constexpr size_t kMostStaleLines = 1000;

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

std::string Line(const std::string& path, const FileStamp& stamp, const std::string& sha256) {
  const json line = {{"path", path}, {"stamp", StampJson(stamp)}, {"sha256", sha256}};
  // A name that is no UTF-8 is not worth an error: it is then not found again.
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// What a line of the store says; null of half a line, from a full disk.
struct Remembered {
  Hash128 path;
  FileStamp stamp;
  Sha256Digest sha256;
};
std::optional<Remembered> Parsed(const std::string& line) {
  const json parts = json::parse(line, nullptr, false);
  if (!parts.is_object() || !parts.contains("stamp")) return std::nullopt;
  for (const char* text : {"path", "sha256"}) {
    if (!parts.contains(text) || !parts[text].is_string()) return std::nullopt;
  }
  const auto stamp = StampOfJson(parts["stamp"]);
  const auto sha256 = Sha256OfHex(parts["sha256"].get_ref<const std::string&>());
  if (!stamp || !sha256) return std::nullopt;
  return Remembered{Hash128Of(parts["path"].get_ref<const std::string&>()), *stamp, *sha256};
}

// Calls `visit` with each line of the store at `path` that says something, one in memory at a time;
// returns how many lines there are.
size_t ForEachLine(
    const std::string& path,
    const std::function<void(const std::string& line, const Remembered& said)>& visit) {
  std::ifstream file(path);
  if (!file) LogDebug("dataset: hashes are not remembered: cannot read {}", path);
  size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    if (const auto said = Parsed(line)) visit(line, *said);
  }
  return lines;
}

}  // namespace

bool FileStamp::SameContent(const FileStamp& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         modified_ns == other.modified_ns;
}

Result<FileStamp> StampOf(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return ErrnoError(errno, "cannot read", path);
  if (S_ISDIR(info.st_mode)) return ErrnoError(EISDIR, "cannot read", path);
  const auto nanoseconds = [](const timespec& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return FileStamp{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim),
                   nanoseconds(info.st_ctim)};
}

bool IsFresh(const FileStamp& stamp) {
  const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(stamp.changed_ns) < kTick;
}

void WaitForNextTick() { std::this_thread::sleep_for(kTick); }

FileHashes::~FileHashes() {
  if (fd_ >= 0) close(fd_);
}

Status FileHashes::Append(const std::string& line) {
  if (fd_ < 0) {
    RETURN_NOT_OK(MakeFolders(std::filesystem::path(path_).parent_path().string()));
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0) return ErrnoError(errno, "cannot open", path_);
  }
  // One write, so that the lines of several processes do not mix.
  if (write(fd_, line.data(), line.size()) >= 0) return Status::OK();
  return ErrnoError(errno, "cannot write", path_);
}

Result<std::string> FileHashes::HashOf(const std::string& file, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const FileStamp stamp, StampOf(file));
  if (auto known = Find(file, stamp)) return *std::move(known);
  if (IsFresh(stamp)) WaitForNextTick();
  ARROW_ASSIGN_OR_RAISE(std::string hash, Sha256File(file, [&] { return cancel.Check(); }));
  ARROW_ASSIGN_OR_RAISE(const FileStamp after, StampOf(file));
  if (after == stamp) Remember(file, stamp, hash);
  return hash;
}

std::optional<std::string> FileHashes::Find(const std::string& file, const FileStamp& stamp) const {
  std::lock_guard lock(mutex_);
  Load();
  const auto found = entries_.find(Hash128Of(AbsolutePath(file)));
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  return HexOf(found->second.sha256);
}

void FileHashes::Remember(const std::string& file, const FileStamp& stamp,
                          const std::string& sha256) {
  const auto digest = Sha256OfHex(sha256);
  if (!digest) return;
  std::lock_guard lock(mutex_);
  Load();
  const std::string path = AbsolutePath(file);
  const Entry entry{stamp, *digest};
  const auto [known, is_new] = entries_.try_emplace(Hash128Of(path), entry);
  if (!is_new && known->second == entry) return;
  known->second = entry;
  if (path_.empty()) return;
  const Status written = Append(Line(path, stamp, sha256));
  if (!written.ok()) LogDebug("dataset: hashes are not remembered: {}", written.message());
}

void FileHashes::Load() const {
  if (std::exchange(loaded_, true) || path_.empty() || !FileExists(path_)) return;
  const size_t lines = ForEachLine(path_, [&](const std::string&, const Remembered& said) {
    entries_[said.path] = {said.stamp, said.sha256};
  });
  if (lines > 2 * entries_.size() + kMostStaleLines) Rewrite();
}

void FileHashes::Rewrite() const {
  const auto write = [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path_));
    Entries left = entries_;
    Status status;
    ForEachLine(path_, [&](const std::string& line, const Remembered& said) {
      const auto found = left.find(said.path);
      if (found == left.end() || found->second != Entry{said.stamp, said.sha256}) return;
      if (status.ok()) status = file->Write(line + "\n");
      left.erase(found);
    });
    RETURN_NOT_OK(status);
    return file->Publish();
  };
  const Status written = write();
  if (!written.ok()) LogDebug("dataset: hashes are not tidied: {}", written.message());
}

}  // namespace tideway::dataset
