// Patterns as of the shell that choose files of a repository.
//
//   const PathPatterns wanted({"data/*.parquet", "README.md"});
//   if (wanted.Match("data/train.parquet")) ...
//
// Threads: any.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace tideway::hub {

class PathPatterns {
 public:
  // `*` stands for `/` too; a pattern that ends in `/` means all below that folder.
  explicit PathPatterns(const std::vector<std::string>& patterns);

  // Whether one of them matches.
  bool Match(const std::string& path) const;

 private:
  std::vector<std::string> patterns_;
  std::unordered_set<std::string> names_;  // patterns that match one path: there may be many
};

// The pattern that matches `path` and what its `*` and `?` stand for, and nothing else: names have
// brackets too.
std::string PatternOfPath(const std::string& path);

}  // namespace tideway::hub
