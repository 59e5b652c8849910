// The two hashes that the Hub names contents by.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/hash.h"

namespace tideway::hub {

// Whether the file has `size` bytes and the hash `expected` (of either kind); one that is not there
// has not. `check` is called after each MiB with the bytes read; its error ends the reading.
Result<bool> FileHasContent(const std::string& path, const std::string& expected, int64_t size,
                            const std::function<Status(int64_t bytes)>& check = {});

// SHA-256 of the bytes for files in LFS, which the Hub names by 64 hex digits; for others, by 40,
// git's blob id.
class ContentHash {
 public:
  // Of content that is to have `expected` and `size` bytes.
  ContentHash(std::string expected, int64_t size);

  void Update(std::string_view bytes) { hasher_.Update(bytes); }
  // Whether all that was added is what was expected; anything is where that is no hash. Leaves it
  // fit only for Restart().
  bool Matches();
  void Restart();

 private:
  const std::string expected_;
  const int64_t size_;
  Hasher hasher_;
};

}  // namespace tideway::hub
