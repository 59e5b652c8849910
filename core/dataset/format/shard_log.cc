#include "core/dataset/format/shard_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"

namespace tideway::dataset {
namespace {

using nlohmann::json;

std::string KeyLine(const std::string& key) { return json{{"key", key}}.dump() + "\n"; }

std::string Line(const FinishedShard& shard) {
  return json{{"part", shard.part},      {"temporary", shard.temporary},
              {"rows", shard.file.rows}, {"bytes", shard.file.bytes},
              {"size", shard.file.size}, {"sha256", shard.file.sha256}}
             .dump() +
         "\n";
}

FinishedShard ShardOf(const json& line) {
  return {.part = line.at("part"),
          .temporary = line.at("temporary"),
          .file = {.name = "",
                   .rows = line.at("rows"),
                   .bytes = line.at("bytes"),
                   .size = line.at("size"),
                   .sha256 = line.at("sha256")}};
}

Status Append(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoError(errno, "cannot open", path);
  const ssize_t written = write(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  if (written == static_cast<ssize_t>(text.size())) return Status::OK();
  return ErrnoError(written < 0 ? error : ENOSPC, "cannot write", path);
}

bool IsThere(const FinishedShard& shard, const std::string& folder) {
  if (shard.temporary.find('/') != std::string::npos) return false;
  const auto hash = Sha256File(folder + "/" + shard.temporary);
  return hash.ok() && *hash == shard.file.sha256;
}

}  // namespace

ShardLog::~ShardLog() { stop_.Cancel(); }

bool ShardLog::begun() const {
  std::lock_guard lock(mutex_);
  return begun_;
}

// Writes the key, if it is ready.
Status ShardLog::Begin() {
  if (!key_.valid()) {
    key_ = std::async(std::launch::async, [this] { return make_key_(stop_); });
  }
  if (key_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return Status::OK();
  const auto key = key_.get();
  failed_ = !key.ok();
  if (failed_) {
    LogDebug("write: no later run can go on with this output: {}", key.status().message());
    return Status::OK();
  }
  RETURN_NOT_OK(Append(path_, KeyLine(*key)));
  begun_ = true;
  return Status::OK();
}

Status ShardLog::Add(FinishedShard shard) {
  std::lock_guard lock(mutex_);
  if (failed_) return Status::OK();
  waiting_.push_back(std::move(shard));
  if (!begun_) RETURN_NOT_OK(Begin());
  if (!begun_) return Status::OK();
  std::string lines;
  for (const FinishedShard& each : waiting_) lines += Line(each);
  waiting_.clear();
  return Append(path_, lines);
}

Result<std::unique_ptr<ShardLog>> ShardLog::GoOn(std::string path, const std::string& key,
                                                 const std::vector<FinishedShard>& finished) {
  std::string text = KeyLine(key);
  for (const FinishedShard& shard : finished) text += Line(shard);
  RETURN_NOT_OK(WriteFileAtomic(path, text));
  auto log = std::make_unique<ShardLog>(std::move(path), nullptr);
  log->begun_ = true;
  return log;
}

std::vector<FinishedShard> ReadShardLog(const std::string& path, const std::string& key,
                                        const std::string& folder) {
  std::vector<FinishedShard> shards;
  const auto text = ReadFile(path);
  if (!text.ok() || !text->starts_with(KeyLine(key))) return shards;
  std::set<std::string> ended;  // parts that lack a shard
  try {
    size_t at = KeyLine(key).size();
    for (size_t end; (end = text->find('\n', at)) != text->npos; at = end + 1) {
      FinishedShard shard = ShardOf(json::parse(std::string_view(*text).substr(at, end - at)));
      if (!ended.contains(shard.part) && IsThere(shard, folder)) {
        shards.push_back(std::move(shard));
      } else {
        ended.insert(shard.part);
      }
    }
  } catch (const json::exception& error) {
    LogDebug("write: the rest of a log of shards is passed over: {}", error.what());
  }
  return shards;
}

}  // namespace tideway::dataset
