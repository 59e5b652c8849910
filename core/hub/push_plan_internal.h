// What a push would change in a repository: computed from what readers see now and from the files
// that were written, before anything is touched. Thread safety: pure functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/part_sink.h"
#include "core/hub/push.h"

namespace tideway::hub {

inline constexpr const char* kCardPath = "README.md";

// Where a configuration has its data files: "data/", "en/".
std::string FolderOf(const std::string& config);
// OK for a name that the Hub's readers accept, and that is a folder's.
Status CheckConfigName(const std::string& config);

// What readers see, as far as a push looks at it.
struct Snapshot {
  std::string head;
  std::vector<FileInfo> files;
  std::string card;                     // empty when there is none
  std::optional<std::string> metadata;  // as it stands
};
// `config`: whose metadata it is.
Result<Snapshot> TakeSnapshot(Repository& repository, const std::string& config);

// The splits in the order of the card: train, then validation, test, others; by name within each.
bool SplitBefore(const std::string& a, const std::string& b);
// OK for a name that the Hub's readers accept.
Status CheckSplitName(const std::string& split);

// A file that was not pushed and that readers would take for a part of one of `splits` is an error
// of kind conflict.
Status CheckForeignFiles(const Snapshot& snapshot, const std::string& config,
                         const std::vector<std::string>& splits);

// The card with these entries of the request's configuration.
Result<std::string> MergedCard(const Snapshot& snapshot, const PushRequest& request,
                               const nlohmann::ordered_json& info,
                               const nlohmann::ordered_json& config);

// One written split.
struct WrittenSplit {
  std::string name;
  dataset::SchemaPtr schema;
  std::vector<dataset::ParquetFile> files;
};

// The operations that make the request's configuration hold `splits` and `metadata` (JSON), and
// nothing else in its folder that an earlier push wrote. Files are in `folder`. Empty when nothing
// changes.
Result<std::vector<CommitOperation>> PlanOperations(const Snapshot& snapshot,
                                                    const PushRequest& request,
                                                    const std::vector<WrittenSplit>& splits,
                                                    const std::string& folder,
                                                    const std::string& metadata);

}  // namespace tideway::hub
