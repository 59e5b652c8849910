// Which files of a dataset repository are which split, as Python's `load_dataset` finds them.
//
//   ARROW_ASSIGN_OR_RAISE(const DataFiles data, DataFiles::Read({.card = readme, .paths = paths}));
//   ARROW_ASSIGN_OR_RAISE(const auto splits, data.Splits(data.configs()[0]));
//
// By the key `configs` of the card; else by names such as data/train-00000-of-00001.parquet; else
// by words as `train`, `dev` or `test` in the names of folders, then of files; else all files are
// the split `train`. Left out are README.md and the like, what begins with a dot, and folders that
// begin with `__`, unless a pattern names them. Files are in Python's order, pattern by pattern,
// and twice where two patterns of a split match.
//
// Thread safety: a value.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/hub/card_configs.h"
#include "core/hub/data_format.h"

namespace tideway::hub {

struct DataSplit {
  std::string name;
  std::vector<std::string> files =
      {};  // paths in the repository; empty where patterns match nothing
};

// What a repository holds, as far as names tell.
struct DataSource {
  std::string card = {};                // README.md; empty: there is none
  std::string extra = {};               // .huggingface.yaml; empty: there is none
  std::vector<std::string> paths = {};  // all files
};

class DataFiles {
 public:
  // Errors of kind data: a card that cannot be read (card_configs.h), no data files, splits of
  // different formats, a configuration that finds no files by their names.
  static Result<DataFiles> Read(DataSource source);

  // At least one; without any in the card, `default`.
  const std::vector<CardConfig>& configs() const { return configs_; }
  // The splits of one of configs(), in their order. Error of kind data: a file that is named and
  // not there, a pattern that makes no sense.
  Result<std::vector<DataSplit>> Splits(const CardConfig& config) const;
  const nlohmann::ordered_json& card() const { return card_; }

 private:
  // The patterns by which the files' names tell splits, below `folder`.
  Result<std::vector<SplitPatterns>> PatternsByName(const std::string& folder) const;
  Result<std::vector<SplitPatterns>> PatternsByShards(const std::string& folder) const;
  // The files that match `pattern` below `folder`.
  Result<std::vector<std::string>> FilesAt(const std::string& folder,
                                           const std::string& pattern) const;
  Result<std::vector<DataSplit>> Resolve(const std::vector<SplitPatterns>& splits,
                                         const std::string& folder) const;
  Status CheckFormat(const std::vector<DataSplit>& splits);

  std::vector<std::string> paths_;  // sorted
  nlohmann::ordered_json card_;
  std::vector<CardConfig> configs_;
  DataFormat format_;      // of the first configuration
  bool by_names_ = false;  // whether the card names no configuration
};

}  // namespace tideway::hub
