// Notes each shard of an output as it is complete, so that a later run that would write the same
// goes on after them, when this one is killed.
//
//   ShardLog log(scratch + "/shards.jsonl", [&](const CancelToken& stop) { return Key(stop); });
//   RETURN_NOT_OK(log.Add(shard));                                   // for each, as it is complete
//
//   const auto finished = ReadShardLog(scratch + "/shards.jsonl", key, folder);  // the later run
//
// The first line of the log is what the bytes depend on, the key, which is not known before all
// that the run reads is hashed. That is begun with the first shard, on a thread of its own; shards
// are noted once it is done. Threads: any.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/dataset/format/shard_set.h"

namespace tideway::dataset {

class ShardLog {
 public:
  // Given the token, stops soon when that is cancelled.
  using MakeKey = std::function<Result<std::string>(const CancelToken& stop)>;
  ShardLog(std::string path, MakeKey make_key)
      : path_(std::move(path)), make_key_(std::move(make_key)) {}
  // Writes the log anew, with the shards that an earlier run completed.
  static Result<std::unique_ptr<ShardLog>> GoOn(std::string path, const std::string& key,
                                                const std::vector<FinishedShard>& finished);
  // Stops the making of the key.
  ~ShardLog();

  // Errors: io, disk_full. A key that cannot be made only means that nothing is noted.
  Status Add(FinishedShard shard);
  // Whether a later run can go on with it.
  bool begun() const;

 private:
  Status Begin();

  const std::string path_;
  const MakeKey make_key_;
  mutable std::mutex mutex_;
  CancelToken stop_;
  std::future<Result<std::string>> key_;  // while it is made
  bool failed_ = false;
  bool begun_ = false;
  std::vector<FinishedShard> waiting_;
};

// The shards in `folder` that the log at `path` tells of; none when its key is another. Ends with
// the first line that is no whole one, and for each part with the first file that is not there with
// the bytes that were noted.
std::vector<FinishedShard> ReadShardLog(const std::string& path, const std::string& key,
                                        const std::string& folder);

}  // namespace tideway::dataset
