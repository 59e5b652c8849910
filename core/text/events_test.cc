#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

#include "core/text/events_internal.h"

namespace tideway::text::internal {
namespace {

constexpr std::string_view kBytes =
    "<> hhttpww..\n\t\x1c\x1f\x1b\x08\x0e a\xc2\xe1\xe2\xe3\xe4"
    "\x80\x81\x82\x85\xa0\x9a\x8a\xff";

std::vector<uint8_t> RandomBytes(int64_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  for (uint8_t& byte : bytes) {
    const uint64_t pick = random();
    byte = static_cast<uint8_t>(pick % 8 == 0 ? pick >> 8 : kBytes[(pick >> 8) % kBytes.size()]);
  }
  return bytes;
}

std::vector<uint64_t> Masks(FindEvents find, const std::vector<uint8_t>& bytes, int64_t blocks) {
  std::vector<uint64_t> masks(static_cast<size_t>(blocks));
  find(bytes.data(), blocks, masks.data());
  return masks;
}

void ExpectSameAsPortable(FindEvents find) {
  constexpr int64_t kBlocks = 4096;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const auto bytes = RandomBytes(kBlocks * kBlockBytes + kLookaheadBytes, seed);
    EXPECT_EQ(Masks(find, bytes, kBlocks), Masks(FindEventsPortable, bytes, kBlocks));
  }
}

#ifdef __x86_64__
TEST(FindEvents, Sse2FindsWhatThePortableCodeFinds) { ExpectSameAsPortable(FindEventsSse2); }

TEST(FindEvents, Avx2FindsWhatThePortableCodeFinds) {
  if (__builtin_cpu_supports("avx2")) ExpectSameAsPortable(FindEventsAvx2);
}

TEST(FindEvents, Avx512FindsWhatThePortableCodeFinds) {
  if (__builtin_cpu_supports("avx512bw")) ExpectSameAsPortable(FindEventsAvx512);
}
#endif

std::vector<int64_t> AllEvents(const uint8_t* data, int64_t size, FindEvents find) {
  EventScanner scanner(data, size, find);
  std::vector<int64_t> events;
  const uint8_t* end = data + size;
  for (const uint8_t* at = data; (at = scanner.Next(at, end)) != end; ++at) {
    events.push_back(at - data);
  }
  return events;
}

// Buffers of their exact size: a read outside is seen by AddressSanitizer.
TEST(EventScanner, FindsTheSameInBuffersOfEverySize) {
  for (int64_t size = 1; size < 400; ++size) {
    const auto bytes = RandomBytes(size, static_cast<uint64_t>(size));
    EXPECT_EQ(AllEvents(bytes.data(), size, BestFindEvents()),
              AllEvents(bytes.data(), size, FindEventsPortable));
  }
}

TEST(EventScanner, FindsEventsAcrossWindowsAndAfterJumps) {
  const int64_t size = 100'000;
  std::vector<uint8_t> bytes(size, 'a');
  for (int64_t at : {0, 63, 64, 8191, 8192, 20'000, 99'999}) bytes[static_cast<size_t>(at)] = '<';
  const std::vector<int64_t> expected = {0, 63, 64, 8191, 8192, 20'000, 99'999};
  EXPECT_EQ(AllEvents(bytes.data(), size, BestFindEvents()), expected);

  EventScanner scanner(bytes.data(), size);
  const uint8_t* end = bytes.data() + size;
  EXPECT_EQ(scanner.Next(bytes.data() + 1, end) - bytes.data(), 63);
  EXPECT_EQ(scanner.Next(bytes.data() + 19'999, bytes.data() + 20'000) - bytes.data(), 20'000);
  EXPECT_EQ(scanner.Next(bytes.data() + 50'000, end) - bytes.data(), 99'999);
}

TEST(EventScanner, StopsAtTheEndOfTheText) {
  const std::string_view text = "aaaa<aaa";
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  EventScanner scanner(data, static_cast<int64_t>(text.size()));
  EXPECT_EQ(scanner.Next(data, data + 4), data + 4);
  EXPECT_EQ(scanner.Next(data + 4, data + 8), data + 4);
  EXPECT_EQ(scanner.Next(data + 5, data + 8), data + 8);
}

}  // namespace
}  // namespace tideway::text::internal
