#include "core/dataset/reuse/published.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/dataset/reuse/input_json_internal.h"
#include "core/dataset/reuse/stamp_json_internal.h"

namespace tideway::dataset {
namespace {

using nlohmann::json;

Result<json> ShardJson(const WrittenShard& shard, const std::string& folder) {
  json record = {{"name", shard.file.name}, {"part", shard.part},
                 {"rows", shard.file.rows}, {"bytes", shard.file.bytes},
                 {"size", shard.file.size}, {"sha256", shard.file.sha256}};
  if (folder.empty()) return record;
  ARROW_ASSIGN_OR_RAISE(const FileStamp stamp, StampOf(folder + "/" + shard.file.name));
  record["stamp"] = StampJson(stamp);
  return record;
}

// Whether the file is as the record says.
bool IsUnchanged(const json& record, const std::string& path, FileHashes& hashes) {
  const auto now = StampOf(path);
  const auto then = StampOfJson(record.at("stamp"));
  if (!now.ok() || now->size != record.at("size").get<int64_t>()) return false;
  if (then && *then == *now) return true;
  const auto hash = hashes.HashOf(path);
  return hash.ok() && *hash == record.at("sha256").get<std::string>();
}

WrittenShard ShardOf(const json& record) {
  return {.part = record.at("part"),
          .file = {.name = record.at("name"),
                   .rows = record.at("rows"),
                   .bytes = record.at("bytes"),
                   .size = record.at("size"),
                   .sha256 = record.at("sha256")}};
}

}  // namespace

std::string PublishedOutputs::RecordOf(const std::string& place) const {
  return folder_ + "/" + Hash128Hex(CanonicalPath(place)) + ".json";
}

bool PublishedOutputs::Knows(const std::string& place) const {
  return !folder_.empty() && FileExists(RecordOf(place));
}

std::optional<PublishedOutput> PublishedOutputs::Find(const std::string& place,
                                                      const std::string& key,
                                                      const std::string& folder,
                                                      FileHashes& hashes) const {
  return Find(place, key, [&](const json& shard) {
    return IsUnchanged(shard, folder + "/" + shard.at("name").get<std::string>(), hashes);
  });
}

std::optional<PublishedOutput> PublishedOutputs::Find(const std::string& place,
                                                      const std::string& key) const {
  return Find(place, key, [](const json&) { return true; });
}

std::optional<PublishedOutput> PublishedOutputs::Find(const std::string& place,
                                                      const std::string& key,
                                                      const IsThere& is_there) const {
  if (!Knows(place)) return std::nullopt;
  const auto text = ReadFile(RecordOf(place));
  if (!text.ok()) return std::nullopt;
  try {
    const json record = json::parse(*text);
    if (record.at("key") != key) return std::nullopt;
    PublishedOutput output{.key = key, .shards = {}, .inputs = {}};
    for (const json& shard : record.at("shards")) {
      output.shards.push_back(ShardOf(shard));
      if (!is_there(shard)) return std::nullopt;
    }
    for (const json& input : record.at("inputs")) output.inputs.push_back(InputOf(input));
    return output;
  } catch (const json::exception& error) {
    LogDebug("dataset: a record of published files is passed over: {}", error.what());
    return std::nullopt;
  }
}

void PublishedOutputs::Keep(const std::string& place, const PublishedOutput& output,
                            const std::string& folder) const {
  if (folder_.empty()) return;
  const auto keep = [&]() -> Status {
    json shards = json::array();
    for (const WrittenShard& shard : output.shards) {
      ARROW_ASSIGN_OR_RAISE(auto record, ShardJson(shard, folder));
      shards.push_back(std::move(record));
    }
    json inputs = json::array();
    for (const InputRecord& input : output.inputs) inputs.push_back(InputJson(input));
    const json record = {{"place", CanonicalPath(place)},
                         {"key", output.key},
                         {"shards", std::move(shards)},
                         {"inputs", std::move(inputs)}};
    RETURN_NOT_OK(MakeFolders(folder_));
    return WriteFileAtomic(RecordOf(place),
                           record.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  };
  const Status kept = keep();
  if (!kept.ok()) LogDebug("dataset: published files are not remembered: {}", kept.message());
}

}  // namespace tideway::dataset
