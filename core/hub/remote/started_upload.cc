#include "core/hub/remote/started_upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::hours kLongestLife{24};

std::string FirstLine(const LfsUploadAddress& address) {
  return json{{"url", address.url}, {"chunk_size", address.chunk_size}, {"parts", address.parts}}
      .dump();
}

// One whose life is over helps nobody, and is a secret.
void RemoveOld(const std::string& folder) {
  std::error_code ignored;
  fs::directory_iterator entry(folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    const auto written = entry->last_write_time(ignored);
    if (!ignored && fs::file_time_type::clock::now() - written > kLongestLife) {
      fs::remove(entry->path(), ignored);
    }
  }
}

bool MakePrivateFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return false;
  fs::permissions(folder, fs::perms::owner_all, error);
  return !error;
}

}  // namespace

StartedUpload::StartedUpload(const std::string& folder, std::string_view key,
                             LfsUploadAddress address)
    : address_(std::move(address)), path_(folder + "/" + Sha256Hex(key)) {
  if (!Open(folder)) return;
  const auto text = ReadFile(path_);
  if (text.ok()) Read(*text);
  if (!resumed_) Restart(std::move(address_));
}

StartedUpload::~StartedUpload() {
  if (fd_ >= 0) close(fd_);
}

bool StartedUpload::Open(const std::string& folder) {
  if (!MakePrivateFolder(folder)) return false;
  RemoveOld(folder);
  fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) return false;
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return true;
  close(std::exchange(fd_, -1));
  return false;
}

void StartedUpload::Read(const std::string& text) {
  LfsUploadAddress earlier = address_;
  std::map<size_t, std::string> tags;
  for (size_t from = 0, end = 0; (end = text.find('\n', from)) != text.npos; from = end + 1) {
    const json line = json::parse(text.substr(from, end - from), nullptr, false);
    try {
      if (from == 0) {
        line.at("url").get_to(earlier.url);
        line.at("chunk_size").get_to(earlier.chunk_size);
        line.at("parts").get_to(earlier.parts);
      } else {
        tags[line.at("part").get<size_t>()] = line.at("etag").get<std::string>();
      }
    } catch (const json::exception&) {
      if (from == 0) return;  // no upload; a part that is not understood is sent again
    }
  }
  const bool same_parts =
      earlier.chunk_size == address_.chunk_size && earlier.parts.size() == address_.parts.size();
  if (tags.empty() || !same_parts) return;
  address_ = std::move(earlier);
  tags_ = std::move(tags);
  resumed_ = true;
}

void StartedUpload::Append(const std::string& line) {
  if (fd_ < 0 || WriteAll(fd_, line + "\n", path_).ok()) return;
  LogDebug("hub: an upload cannot be noted in {}", path_);
  unlink(path_.c_str());
  close(std::exchange(fd_, -1));
}

std::optional<std::string> StartedUpload::tag(size_t index) const {
  std::lock_guard lock(mutex_);
  const auto found = tags_.find(index);
  return found == tags_.end() ? std::nullopt : std::optional(found->second);
}

void StartedUpload::Arrived(size_t index, const std::string& tag) {
  std::lock_guard lock(mutex_);
  tags_[index] = tag;
  Append(json{{"part", index}, {"etag", tag}}.dump());
}

void StartedUpload::Restart(LfsUploadAddress address) {
  std::lock_guard lock(mutex_);
  address_ = std::move(address);
  tags_.clear();
  resumed_ = false;
  if (fd_ >= 0 && ftruncate(fd_, 0) == 0) Append(FirstLine(address_));
}

void StartedUpload::Forget() {
  std::lock_guard lock(mutex_);
  tags_.clear();
  if (fd_ < 0) return;
  unlink(path_.c_str());
  close(std::exchange(fd_, -1));
}

}  // namespace tideway::hub
