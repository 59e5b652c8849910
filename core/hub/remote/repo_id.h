// The names of repositories on the Hub, and of files in them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::hub {

bool IsCommit(const std::string& revision);   // 40 hex digits
bool IsContentHash(const std::string& text);  // 40 or 64: git's, or SHA-256

enum class RepoType { kModel, kDataset, kSpace };

struct RepoId {
  RepoType type = RepoType::kDataset;
  std::string id;  // "namespace/name", or "name" alone for old ones

  // Errors: usage, with the rule that the name breaks.
  static Result<RepoId> Make(RepoType type, std::string id);

  // "datasets", in paths of the API and in names of the cache.
  std::string_view plural() const;
  // "dataset", in bodies of requests and in texts.
  std::string_view noun() const;
  // "datasets/ns/name" in web addresses; models have no first part.
  std::string web_path() const;
  // "/api/datasets/ns/name".
  std::string api_path() const;
  // "/datasets/ns/name/resolve/main/data/a%20b": where a file is read.
  std::string file_path(const std::string& revision, const std::string& path) const;
  // "datasets--ns--name": its folder in the cache.
  std::string cache_name() const;
};

// `hf://datasets/ns/name@revision/path`, as fsspec's file system of the Hub reads it:
// `hf://ns/name` is a model; a revision that holds `/` is percent-encoded, but for `refs/pr/1` and
// `refs/convert/parquet`.
struct HubPath {
  RepoId repo;
  std::string revision = {};  // empty: not given
  std::string path = {};      // in the repository; empty: all of it

  // Errors: usage.
  static Result<HubPath> Parse(std::string_view uri);
};

}  // namespace tideway::hub
