// What a push would change in a repository: computed from what readers see now and from the files
// that were written, before anything is touched. Thread safety: pure functions on values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/hub/part_sink.h"
#include "core/hub/push.h"

namespace tideway::hub {

inline constexpr const char* kCardPath = "README.md";
inline constexpr const char* kMetadataPath = "dataset_metadata.json";

// What readers see, as far as a push looks at it.
struct Snapshot {
  std::string head;
  std::vector<FileInfo> files;
  std::string card;                     // empty when there is none
  std::optional<std::string> metadata;  // as it stands
};
Result<Snapshot> TakeSnapshot(Repository& repository);

// The splits in the order of the card: train, then validation, test, others; by name within each.
bool SplitBefore(const std::string& a, const std::string& b);
// OK for a name that the Hub's readers accept.
Status CheckSplitName(const std::string& split);

// A file that was not pushed and that readers would take for a part of one of `splits` is an error
// of kind conflict.
Status CheckForeignFiles(const Snapshot& snapshot, const std::vector<std::string>& splits);

// One written split.
struct WrittenSplit {
  std::string name;
  dataset::SchemaPtr schema;
  std::vector<dataset::ParquetFile> files;
};

// The operations that make the repository hold `splits` and `metadata` (JSON), and nothing else
// under data/ that an earlier push wrote. Files are in `folder`. Empty when nothing
// changes.
Result<std::vector<CommitOperation>> PlanOperations(const Snapshot& snapshot,
                                                    const std::vector<WrittenSplit>& splits,
                                                    const std::string& folder,
                                                    const std::string& metadata);

}  // namespace tideway::hub
