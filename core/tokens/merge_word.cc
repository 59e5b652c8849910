#include "core/tokens/merge_word.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <queue>
#include <vector>

namespace tideway::tokens {
namespace {

constexpr size_t kShortIds = 48;
constexpr uint32_t kEnd = UINT32_MAX;

size_t MergeShort(const PairTable& table, uint32_t* ids, size_t count) {
  std::array<uint64_t, kShortIds> merges;  // of each id with the next
  for (size_t i = 0; i + 1 < count; ++i) merges[i] = table.Find(ids[i], ids[i + 1]);
  while (count > 1) {
    const auto last = merges.begin() + static_cast<std::ptrdiff_t>(count - 1);
    const auto lowest = std::min_element(merges.begin(), last);
    if (*lowest == PairTable::kNone) break;
    const auto i = static_cast<size_t>(lowest - merges.begin());
    ids[i] = PairTable::TokenOf(*lowest);
    std::copy(ids + i + 2, ids + count, ids + i + 1);
    std::copy(lowest + 1, last, lowest);
    --count;
    if (i > 0) merges[i - 1] = table.Find(ids[i - 1], ids[i]);
    if (i + 1 < count) merges[i] = table.Find(ids[i], ids[i + 1]);
  }
  return count;
}

// The same by a queue of merges; those that have changed since are found out when their turn comes.
class LongWord {
 public:
  LongWord(const PairTable& table, uint32_t* ids, size_t count)
      : table_(table), ids_(ids), parts_(count) {
    for (uint32_t i = 0; i < count; ++i) {
      parts_[i].previous = i == 0 ? kEnd : i - 1;
      parts_[i].next = i + 1 == count ? kEnd : i + 1;
    }
    std::vector<uint64_t> first;
    for (uint32_t i = 0; i + 1 < count; ++i) {
      parts_[i].merge = table_.Find(ids_[i], ids_[i + 1]);
      if (parts_[i].merge != PairTable::kNone) first.push_back(TurnOf(i));
    }
    queue_ = Queue(std::greater<>(), std::move(first));
  }

  size_t Merge() {
    while (!queue_.empty()) {
      const uint64_t turn = queue_.top();
      queue_.pop();
      const auto part = static_cast<uint32_t>(turn);
      if (parts_[part].merge != PairTable::kNone && TurnOf(part) == turn) MergeAt(part);
    }
    size_t count = 0;
    for (uint32_t i = 0; i != kEnd; i = parts_[i].next) ids_[count++] = ids_[i];
    return count;
  }

 private:
  struct Part {
    uint32_t previous = 0;
    uint32_t next = 0;
    uint64_t merge = PairTable::kNone;  // with the next
  };
  using Queue = std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>>;

  uint64_t TurnOf(uint32_t part) const {
    return uint64_t{PairTable::RankOf(parts_[part].merge)} << 32 | part;
  }
  void Renew(uint32_t part) {
    Part& left = parts_[part];
    left.merge = left.next == kEnd ? PairTable::kNone : table_.Find(ids_[part], ids_[left.next]);
    if (left.merge != PairTable::kNone) queue_.push(TurnOf(part));
  }
  void MergeAt(uint32_t part) {
    Part& left = parts_[part];
    Part& right = parts_[left.next];
    ids_[part] = PairTable::TokenOf(left.merge);
    right.merge = PairTable::kNone;
    left.next = right.next;
    if (left.next != kEnd) parts_[left.next].previous = part;
    Renew(part);
    if (left.previous != kEnd) Renew(left.previous);
  }

  const PairTable& table_;
  uint32_t* const ids_;
  std::vector<Part> parts_;
  Queue queue_;
};

}  // namespace

size_t MergeWord(const PairTable& merges, uint32_t* ids, size_t count) {
  if (count <= kShortIds) return MergeShort(merges, ids, count);
  static std::mutex alone;
  std::optional<std::lock_guard<std::mutex>> lock;
  if (count > kAloneIds) lock.emplace(alone);
  return LongWord(merges, ids, count).Merge();
}

}  // namespace tideway::tokens
