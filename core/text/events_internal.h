// Finds the places of a text where cleaning may have something to do, 64 bytes at a time.
//
// An event is a byte that starts, or may start, one of:
//   h..p  w...          a URL ("http", "www.")
//   < >                 a tag's ends
//   \t\n\v\f\r \x1c-\x1f  white space that is not a plain space
//   two plain spaces    (the first of each pair)
//   C2 E1 E2 E3         with a second byte that some non-ASCII white space has
// A single plain space is no event: most texts are words with single spaces between them.
// Events may be false, never missing; whoever handles one looks at the bytes.
//
// Threads: functions are pure; a scanner belongs to one thread.
#pragma once

#include <array>
#include <cstdint>

namespace tideway::text::internal {

inline constexpr int64_t kBlockBytes = 64;
inline constexpr int64_t kLookaheadBytes = 3;

// Sets bit i of masks[b] where data[64 * b + i] is an event. Reads `blocks` whole blocks and
// kLookaheadBytes behind them.
using FindEvents = void (*)(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindEventsPortable(const uint8_t* data, int64_t blocks, uint64_t* masks);
#ifdef __x86_64__
void FindEventsSse2(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindEventsAvx2(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindEventsAvx512(const uint8_t* data, int64_t blocks, uint64_t* masks);
#endif
// The fastest one that this machine can run.
FindEvents BestFindEvents();

// Steps through the events of one buffer, front to back, looking ahead one window at a time. It
// never reads outside of [data, data + size), which must outlive it.
class EventScanner {
 public:
  EventScanner(const uint8_t* data, int64_t size, FindEvents find = BestFindEvents())
      : end_(data + size), find_(find), window_(data), window_end_(data) {}

  // The first event in [from, end), or `end`. `from` is never before that of an earlier call.
  const uint8_t* Next(const uint8_t* from, const uint8_t* end);

 private:
  static constexpr int64_t kWindowBlocks = 128;

  void Fill(const uint8_t* from);

  const uint8_t* end_;
  FindEvents find_;
  const uint8_t* window_;      // the byte of masks_[0], bit 0
  const uint8_t* window_end_;  // events before this are known
  std::array<uint64_t, kWindowBlocks> masks_;
};

inline const uint8_t* EventScanner::Next(const uint8_t* from, const uint8_t* end) {
  while (from < end) {
    if (from >= window_end_) Fill(from);
    const int64_t offset = from - window_;
    const uint64_t mask = masks_[offset / kBlockBytes] >> (offset % kBlockBytes);
    if (mask != 0) {
      const uint8_t* event = from + __builtin_ctzll(mask);
      return event < end ? event : end;
    }
    from = window_ + (offset / kBlockBytes + 1) * kBlockBytes;
  }
  return end;
}

}  // namespace tideway::text::internal
