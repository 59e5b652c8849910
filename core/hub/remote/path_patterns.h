// Patterns as of the shell that choose files of a repository.
#pragma once

#include <string>
#include <vector>

namespace tideway::hub {

// `*` stands for `/` too; a pattern that ends in `/` means all below that folder.
bool MatchesAny(const std::string& path, const std::vector<std::string>& patterns);

// The pattern that matches `path` and what its `*` and `?` stand for, and nothing else: names have
// brackets too.
std::string PatternOfPath(const std::string& path);

}  // namespace tideway::hub
