// What earlier runs published, and from what: so that a run leaves alone what it would only make
// again.
//
//   PublishedOutputs published(".tideway/published");
//   if (auto found = published.Find(place, key)) return found->shards;    // still there, unchanged
//   ... write and publish ...
//   published.Keep(place, {key, shards, inputs});
//
// `key` says all that the bytes depend on: the fingerprints of the plans, format, options, version.
// A record that cannot be read or written costs time, never rows. Threads: any.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/format/write_files.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

struct PublishedOutput {
  std::string key;
  std::vector<WrittenShard> shards;
  std::vector<InputRecord> inputs;  // what was read for it
};

class PublishedOutputs {
 public:
  // `folder`: where the records are kept; made when first needed. Empty: nowhere.
  explicit PublishedOutputs(std::string folder) : folder_(std::move(folder)) {}

  // Whether anything is known of `place`, a path.
  bool Knows(const std::string& place) const;
  // What was published at `place` with that key, if its files lie in `folder` with the same bytes:
  // those whose stamp has changed are hashed again.
  std::optional<PublishedOutput> Find(const std::string& place, const std::string& key,
                                      const std::string& folder, FileHashes& hashes) const;
  // The same for a place elsewhere, whose files are not looked at.
  std::optional<PublishedOutput> Find(const std::string& place, const std::string& key) const;
  // Replaces what is known of `place`; `folder` is empty for one elsewhere.
  void Keep(const std::string& place, const PublishedOutput& output,
            const std::string& folder) const;

 private:
  using IsThere = std::function<bool(const nlohmann::json& shard)>;
  std::optional<PublishedOutput> Find(const std::string& place, const std::string& key,
                                      const IsThere& is_there) const;
  std::string RecordOf(const std::string& place) const;
  const std::string folder_;
};

}  // namespace tideway::dataset
