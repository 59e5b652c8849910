// The files of one split of a dataset repository, as who reads its rows needs them.
//
//   ARROW_ASSIGN_OR_RAISE(const FoundSplit split, FindSplit(*repository, {.split = "train"}));
//   ... split.paths ...                  // hf://datasets/ns/name@<commit>/data/train-0.parquet
//
// All from one commit, which is part of their names. Which files are which split is data_files.h's
// affair. Threads: any; blocks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/hub/data_files.h"
#include "core/hub/hub.h"

namespace tideway::hub {

struct SplitRequest {
  std::string split = {};     // empty: the only one
  std::string config = {};    // empty: the only one, or the default
  std::string revision = {};  // empty: what readers see now
  bool parquet = false;       // read the Hub's conversion (refs/convert/parquet)
};

enum class FileFormat { kParquet, kCsv, kJson, kText, kArrow };

struct FoundSplit {
  std::vector<std::string> paths;
  FileFormat format = FileFormat::kParquet;
  char delimiter = ',';  // of kCsv
  // Of columns that the card says are class labels; empty for files that carry the names.
  std::map<std::string, std::vector<std::string>> labels = {};
};

// Without a revision, files of a format that is not read here are taken from the Hub's conversion
// to Parquet, where there is one and the repository has no Parquet. Errors: usage (several splits
// or configurations and none named), not_found (no such one), data (data_files.h; a format or a
// parameter of the card that is not read here), and those of Repository::CheckOut().
Result<FoundSplit> FindSplit(Repository& repository, const SplitRequest& request);

// A configuration and its splits.
struct ConfigFiles {
  std::string name;
  bool is_default = false;
  std::vector<DataSplit> splits = {};
  std::string problem = {};  // why there are no splits; empty: there are
};
// All of a revision, in the order of the card.
Result<std::vector<ConfigFiles>> ListConfigs(Repository& repository, const std::string& revision);

}  // namespace tideway::hub
