// Publishing the parts of a dataset as the Hub holds them: `data/<split>-00000-of-00001.parquet`,
// the card, `dataset_metadata.json`, and a tag, in one commit. The same for every repository. With
// a configuration of another name than `default`, data files and metadata are in its folder.
//
//   PushRequest request{.parts = {{"train", train}, {"test", test}}, .tag = "v20260801_030000"};
//   ARROW_ASSIGN_OR_RAISE(PushResult result, Push(*repository, request, run));
//   if (!result.changed) ...                       // the head holds just this: no commit, no tag
//
// All parts run at once. Data files of an earlier push of the configuration that are not part of
// this one go in the same commit; other files of the repository stay, and so do the entries of
// other configurations in the card. A push that meets another one's commit merges the
// card again and retries. Threads: any; blocks until the commit is made.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/dataset/node.h"
#include "core/dataset/run_context.h"
#include "core/hub/hub.h"

namespace tideway::hub {

struct PushPart {
  std::string split;  // letters, digits and `_`, in words joined by `.`; not `all`
  dataset::NodePtr plan;
};

struct PushRequest {
  std::vector<PushPart> parts;  // in any order; the card lists train, validation, test, others
  // One of several data sets in the repository: letters, digits and `._-`; not `data`.
  std::string config = "default";
  bool set_default = false;  // readers who name no configuration get this one
  std::string tag;           // empty: none
  // The names of columns (int64) that are class labels: value k stands for the k-th name. Columns
  // that `encode` made need none.
  std::map<std::string, std::vector<std::string>> labels;
  // A JSON object with more fields for dataset_metadata.json, or in place of those that a push
  // writes itself: dataset_name, version_tag, created_at, num_samples, splits. May be empty.
  std::string metadata;
  std::string message = "Upload dataset";
  Visibility visibility = Visibility::kUnsaid;  // of a repository that the push makes
};

struct PushedSplit {
  std::string name = {};
  int64_t rows = 0;
  int64_t bytes = 0;  // of Arrow data, as in the card
  int64_t files = 0;
};

struct PushResult {
  bool changed = false;
  std::string commit;  // the head: the new commit, or the one that holds this already
  std::string tag;     // of that commit; empty for none
  std::vector<PushedSplit> splits;
  int64_t download_size = 0;  // bytes of the data files
  int64_t dataset_size = 0;   // bytes of Arrow data
};

// "Changed" looks at the data files, the card, and the metadata but for `created_at` and
// `version_tag`. Errors: usage (names, tags, labels), data (columns differ between parts, a label
// out of range, a card that cannot be merged, or what the plans raise), conflict (the tag exists;
// two configurations would be the default; a file that was not pushed stands where a split's files
// belong), and what the repository raises.
// What can be checked before the plans run is.
//
// With run.options().check_only it checks names, the card and that the repository can be written,
// records its plans in `run` and publishes nothing; the result names the splits, without rows, and
// is taken for a change, so that what follows from one is checked too.
Result<PushResult> Push(Repository& repository, const PushRequest& request,
                        dataset::RunContext& run);

}  // namespace tideway::hub
