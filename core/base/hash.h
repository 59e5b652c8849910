// Hashes: SHA-256 (and git's SHA-1, S3's MD5) where an outside system or a receipt names it, XXH3
// for everything inside, and the seeded mixer behind every random choice.
//
// Thread safety: functions are pure; a Hasher belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway {

// A hash of bytes that come piece by piece, lower-case hex out.
class Hasher {
 public:
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void Update(std::string_view bytes);
  // Returns the hex digits and leaves the hasher fit only for destruction.
  std::string Finish();

 protected:
  struct State;
  explicit Hasher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// SHA-256 (FIPS 180-4): 64 digits.
class Sha256 : public Hasher {
 public:
  Sha256();
};

// MD5 (RFC 1321), by which S3 names parts: 32 digits. No protection against an adversary.
class Md5 : public Hasher {
 public:
  Md5();
};

// SHA-1 as git names the content of a file of `size` bytes: of "blob <size>", a zero byte, and the
// bytes. 40 digits.
class GitBlob : public Hasher {
 public:
  explicit GitBlob(int64_t size);
};

std::string Sha256Hex(std::string_view bytes);
std::string GitBlobHex(std::string_view bytes);
using Sha256Digest = std::array<char, 32>;
Sha256Digest Sha256Bytes(std::string_view bytes);
std::string HexOf(const Sha256Digest& digest);
// The digest of 64 digits; null of anything else.
std::optional<Sha256Digest> Sha256OfHex(std::string_view digits);
// Reads the file in 1 MiB pieces. `check` is called after each; its error ends the reading.
Result<std::string> Sha256File(const std::string& path, const std::function<Status()>& check = {});

// XXH3-64 with a seed.
uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);
// XXH3-128 as 32 hex digits: fingerprints of plans and batches.
std::string Hash128Hex(std::string_view bytes);
using Hash128 = std::array<uint64_t, 2>;
Hash128 Hash128Of(std::string_view bytes);

// A bijection of 64-bit integers for each seed (splitmix64's finaliser, Steele et al. 2014, applied
// twice around the seed, whose offset differs so that seed and value are not interchangeable), so
// that distinct positions never collide: the source of every seeded choice.
constexpr uint64_t Mix64(uint64_t value, uint64_t seed) {
  auto finalise = [](uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  };
  return finalise(finalise(value + 0x9e3779b97f4a7c15ULL) ^ finalise(seed + 0xd1b54a32d192ed03ULL));
}

}  // namespace tideway
