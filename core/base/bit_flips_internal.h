// Single flipped bits, as many as the environment variable TIDEWAY_FLIPS says (default 50): each
// input of a parser of ours with one of them must be an error or a valid result. `./dev soak flips`
// asks for 10,000 of each input. Test code only.
//
//   BitFlips flips(good);
//   while (flips.Next()) Parse(flips.bytes());
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>

namespace tideway {

class BitFlips {
 public:
  explicit BitFlips(std::string good, uint64_t seed = 20'240'607)
      : good_(std::move(good)), left_(Wanted()), random_(seed) {}

  static int64_t Wanted() {
    const char* wanted = std::getenv("TIDEWAY_FLIPS");
    return wanted == nullptr ? 50 : std::atoll(wanted);
  }
  // Flips the next bit; false when there were enough. Half of them lie in the first or last 64
  // bytes, where headers and footers are.
  bool Next() {
    if (left_-- <= 0) return false;
    const uint64_t near = random_() % 4;
    const size_t edge = std::min<size_t>(good_.size(), 64);
    at_ = random_() % (near < 2 ? edge : good_.size());
    if (near == 1) at_ = good_.size() - 1 - at_;
    bytes_ = good_;
    bytes_[at_] ^= static_cast<char>(1 << random_() % 8);
    return true;
  }
  const std::string& bytes() const { return bytes_; }
  size_t at() const { return at_; }

 private:
  const std::string good_;
  int64_t left_;
  std::mt19937_64 random_;
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace tideway
