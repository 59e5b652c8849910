#include "core/mirror/lease.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/host_name.h"
#include "core/base/log.h"
#include "core/base/owner.h"

namespace tideway::mirror {
namespace {

namespace fs = std::filesystem;

constexpr double kDeadAfter = 3;       // leases without a beat
constexpr double kBeatEvery = 1 / 3.;  // lease

// Always as long, so that it can be written over in place. JSON takes the blanks.
std::string TextOf(const std::string& owner, int64_t beat, bool held) {
  const nlohmann::json host = HostName();
  return fmt::format("{{\"owner\": \"{}\", \"host\": {}, \"state\": \"{}\", \"beat\": {:>12}}}\n",
                     owner, host.dump(), held ? "held" : "free", beat);
}

// The generations that are there, the last one last.
Result<std::vector<int64_t>> GenerationsIn(const std::string& path) {
  std::vector<int64_t> found;
  std::error_code problem;
  for (auto entry = fs::directory_iterator(path, problem);
       !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    int64_t number = 0;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), number);
    if (end.ec == std::errc() && end.ptr == name.data() + name.size()) found.push_back(number);
  }
  if (problem && problem != std::errc::no_such_file_or_directory) {
    return ErrnoError(problem.value(), "mirror: cannot list", path);
  }
  std::ranges::sort(found);
  return found;
}

std::string FileOf(const std::string& path, int64_t generation) {
  return fmt::format("{}/{}", path, generation);
}

}  // namespace

Lease::Lease(Leases& leases, std::string name, std::string path, int fd, std::string former)
    : leases_(leases),
      name_(std::move(name)),
      path_(std::move(path)),
      former_(std::move(former)),
      fd_(fd),
      beaten_at_(leases.clock_.Monotonic()) {}

Lease::~Lease() {
  {
    std::lock_guard lock(leases_.mutex_);
    leases_.held_.erase(this);
  }
  std::lock_guard lock(mutex_);
  if (!IsOvertaken()) {
    const Status freed = Write(/*held=*/false);
    if (!freed.ok()) LogWarn("{}", freed.message());
  }
  close(fd_);
}

Status Lease::Write(bool held) {
  const std::string text = TextOf(OwnerMark(), beat_, held);
  const std::string file = FileOf(path_, generation_);
  for (size_t at = 0; at < text.size();) {
    const ssize_t count = pwrite(fd_, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError(errno, "mirror: cannot write", file);
    at += static_cast<size_t>(count);
  }
  // Other machines see it once it is with the server of the files.
  return fdatasync(fd_) == 0 ? Status::OK() : ErrnoError(errno, "mirror: cannot write", file);
}

// The next holder's generation is made before this one's file goes.
bool Lease::IsOvertaken() const {
  struct stat mine{};
  return FileExists(FileOf(path_, generation_ + 1)) ||
         (fstat(fd_, &mine) == 0 && mine.st_nlink == 0);
}

Status Lease::Beat() {
  std::lock_guard lock(mutex_);
  ++beat_;
  RETURN_NOT_OK(Write(/*held=*/true));
  beaten_at_ = leases_.clock_.Monotonic();
  return Status::OK();
}

Status Lease::Check() {
  std::lock_guard lock(mutex_);
  if (IsOvertaken()) {
    return Error(ErrorKind::kConflict, fmt::format("mirror: another process took {} over", name_))
        .Hint("this one stood still for too long; the other does the work");
  }
  const auto still = leases_.clock_.Monotonic() - beaten_at_;
  if (still < leases_.span(kDeadAfter)) return Status::OK();
  return Error(ErrorKind::kConflict,
               fmt::format(
                   "mirror: {} may have been taken over: this process stood still for {:.0f} s",
                   name_, std::chrono::duration<double>(still).count()))
      .Hint("run it again");
}

Leases::Leases(std::string folder, LeaseOptions options, const Clock& clock)
    : folder_(std::move(folder)), options_(options), clock_(clock) {
  if (!options_.beats) return;
  beater_ = std::thread([this] {
    const std::chrono::duration<double> pause(options_.lease_s * kBeatEvery);
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, pause, [this] { return stopped_; })) {
      lock.unlock();
      Beat();
      lock.lock();
    }
  });
}

Leases::~Leases() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
  if (beater_.joinable()) beater_.join();
}

std::chrono::nanoseconds Leases::span(double leases) const {
  return std::chrono::nanoseconds(static_cast<int64_t>(options_.lease_s * leases * 1e9));
}

// Held meanwhile, so that none of them is destroyed.
void Leases::Beat() {
  std::lock_guard lock(mutex_);
  for (Lease* lease : held_) {
    const Status beaten = lease->Beat();
    if (!beaten.ok()) LogWarn("{}", beaten.message());
  }
}

bool Leases::MayBeAlive(const std::string& owner, const std::string& file,
                        const std::string& text) {
  if (OwnerIsGone(owner)) return false;
  const std::string mark = OwnerMark();
  // Of this machine, and it lives.
  if (owner.substr(0, owner.find('-')) == mark.substr(0, mark.find('-'))) return true;
  std::lock_guard lock(mutex_);
  const auto now = clock_.Monotonic();
  Sight& sight = sights_.try_emplace(file, Sight{text, now}).first->second;
  if (sight.text != text) sight = {text, now};
  return now - sight.since < span(kDeadAfter);
}

Result<Leases::Found> Leases::Look(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto generations, GenerationsIn(path));
  if (generations.empty()) return Found{};
  Found found{.generation = generations.back()};
  const std::string file = FileOf(path, found.generation);
  const auto text = ReadFile(file);
  if (!text.ok()) {
    if (KindOf(text.status()) != ErrorKind::kNotFound) return text.status();
    found.readable = false;
    return found;
  }
  const auto facts = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const bool sound = facts.is_object() && facts.value("owner", "") != "";
  if (sound && facts.value("state", "") == "free") return found;
  const std::string owner = sound ? facts.value("owner", "") : "unknown";
  found.held = MayBeAlive(owner, file, *text);
  if (!found.held) {
    found.owner = owner;
    LogWarn("mirror: {} was held by {} on {}, which is gone: goes on with it", path, owner,
            sound ? facts.value("host", "") : "an unknown machine");
  }
  return found;
}

// -1: another was faster, which the next look will tell.
Result<int> Leases::Make(const std::string& path, int64_t generation) const {
  RETURN_NOT_OK(MakeFolders(path));
  static std::atomic<int64_t> number{0};
  const std::string beside = fmt::format("{}/.{}.{}", path, OwnerMark(), ++number);
  const int fd = open(beside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 && errno == ENOENT) return -1;  // just cleaned up
  if (fd < 0) return ErrnoError(errno, "mirror: cannot write", beside);
  Status written = WriteAll(fd, TextOf(OwnerMark(), 0, /*held=*/true), beside);
  if (written.ok() && fsync(fd) != 0) written = ErrnoError(errno, "mirror: cannot write", beside);
  const std::string file = FileOf(path, generation);
  const int linked = written.ok() ? link(beside.c_str(), file.c_str()) : 0;
  const int problem = errno;
  struct stat made{};
  // A server of files may do it and lose the answer: the count of names tells.
  const bool is_ours = written.ok() && fstat(fd, &made) == 0 && made.st_nlink == 2;
  unlink(beside.c_str());
  if (is_ours) return fd;
  close(fd);
  RETURN_NOT_OK(written);
  if (linked == 0 || problem == EEXIST || problem == ENOENT) return -1;
  if (problem != EPERM && problem != EOPNOTSUPP) {
    return ErrnoError(problem, "mirror: cannot make", file);
  }
  return Error(ErrorKind::kIo,
               fmt::format("mirror: the file system of {} has no hard links, by which leases are "
                           "made",
                           path))
      .Hint("mirror into a folder of another file system, such as Lustre, NFS, GPFS or ext4");
}

Result<std::unique_ptr<Lease>> Leases::Try(const std::string& name) {
  const std::string path = folder_ + "/" + name;
  ARROW_ASSIGN_OR_RAISE(const Found found, Look(path));
  if (found.held || !found.readable) return std::unique_ptr<Lease>();
  const int64_t generation = found.generation + 1;
  ARROW_ASSIGN_OR_RAISE(const int fd, Make(path, generation));
  if (fd < 0) return std::unique_ptr<Lease>();
  std::unique_ptr<Lease> lease(new Lease(*this, name, path, fd, found.owner));
  lease->generation_ = generation;
  {
    std::lock_guard lock(mutex_);
    sights_.erase(FileOf(path, found.generation));
    held_.insert(lease.get());
  }
  ARROW_ASSIGN_OR_RAISE(const auto generations, GenerationsIn(path));
  if (!generations.empty() && generations.back() > generation) {
    // What was looked at is long past: others held this generation, and it went.
    unlink(FileOf(path, generation).c_str());
    return std::unique_ptr<Lease>();
  }
  for (const int64_t old : generations) {
    if (old < generation) unlink(FileOf(path, old).c_str());
  }
  return lease;
}

Result<bool> Leases::IsHeld(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const Found found, Look(folder_ + "/" + name));
  return found.held || !found.readable;
}

Status Leases::Remove(const std::string& name) const { return RemoveAll(folder_ + "/" + name); }

}  // namespace tideway::mirror
