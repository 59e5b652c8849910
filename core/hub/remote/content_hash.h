// The two hashes that the Hub names contents by.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tideway::hub {

// SHA-256 of the bytes for files in LFS, which the Hub names by 64 hex digits; for others, by 40,
// git's blob id: SHA-1 of "blob <size>\0" and the bytes (gitformat-pack, "object id").
class ContentHash {
 public:
  // Of content that is to have `expected` and `size` bytes.
  ContentHash(std::string expected, int64_t size);
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;

  void Update(std::string_view bytes);
  // Whether all that was added is what was expected. Leaves it fit only for Restart().
  bool Matches();
  void Restart();

 private:
  struct State;
  const std::string expected_;
  const int64_t size_;
  std::unique_ptr<State> state_;
};

}  // namespace tideway::hub
