#include "core/dataset/op/join_words.h"

#include <arrow/array/array_base.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include "core/dataset/execute.h"

namespace tideway::dataset {
namespace {

// Rows have numbers of 31 bits at most, so that no slot with a row looks like an empty one.
constexpr int64_t kMostRows = INT32_MAX;

// Two of three slots are taken; one at least is not, where a probe ends.
uint64_t JoinSlotsFor(uint64_t rows) { return rows + rows / 2 + 1; }

}  // namespace

JoinWords::JoinWords(Columns keys, HeldMemory& memory)
    : keys_(std::move(keys)), memory_(memory), starts_{0} {
  for (const auto& column : keys_) {
    words_.emplace_back(*column);
    starts_.push_back(starts_.back() + static_cast<uint32_t>(column->length()));
  }
  uint32_t batch = 0;
  for (uint32_t row = 0; row < starts_.back(); row += 1U << kPlaceBits) {
    while (row >= starts_[batch + 1]) ++batch;
    places_.push_back(batch);
  }
  row_mask_ = static_cast<uint32_t>((uint64_t{1} << std::bit_width(starts_.back())) - 1);
}

Result<std::unique_ptr<const JoinWords>> JoinWords::Make(Columns keys, HeldMemory& memory,
                                                         RunContext& run) {
  int64_t rows = 0;
  for (const auto& column : keys) rows += column->length();
  if (rows > kMostRows) return nullptr;
  std::unique_ptr<JoinWords> table(new JoinWords(std::move(keys), memory));
  RETURN_NOT_OK(table->CountSlots(run));
  const Part& last = table->parts_.back();
  const uint64_t slots = last.first + last.slots;
  if (!memory.TryReserve(static_cast<int64_t>(slots * sizeof(uint32_t)))) return nullptr;
  table->slots_.resize(slots, kNone);
  std::atomic<bool> held = true;
  RETURN_NOT_OK(ForEachNumber(
      kParts,
      [&](size_t part) {
        if (!table->Fill(part)) held = false;
        return Status::OK();
      },
      run));
  if (!held) return nullptr;
  RETURN_NOT_OK(table->CountMatches(run));
  return table;
}

Status JoinWords::CountSlots(RunContext& run) {
  std::array<std::atomic<uint64_t>, kParts> rows{};
  RETURN_NOT_OK(ForEachNumber(
      keys_.size(),
      [&](size_t batch) {
        std::array<uint64_t, kParts> counts{};
        for (int64_t row = 0; row < keys_[batch]->length(); ++row) {
          if (keys_[batch]->IsValid(row)) ++counts[PartOf(HashOfWord(words_[batch][row]))];
        }
        for (size_t part = 0; part < kParts; ++part) rows[part] += counts[part];
        return Status::OK();
      },
      run));
  uint64_t first = 0;
  for (size_t part = 0; part < kParts; ++part) {
    parts_[part] = {first, JoinSlotsFor(rows[part])};
    first += parts_[part].slots;
  }
  return Status::OK();
}

// From the last row to the first, so that each goes before the others of its key.
bool JoinWords::Fill(size_t part) {
  std::vector<KeyedRow> rows;
  rows.reserve(kUnderWay);
  for (size_t batch = keys_.size(); batch-- > 0;) {
    for (int64_t row = keys_[batch]->length(); row-- > 0;) {
      const uint64_t word = words_[batch][row];
      const uint64_t hash = HashOfWord(word);
      if (PartOf(hash) != part || keys_[batch]->IsNull(row)) continue;
      __builtin_prefetch(&slots_[SlotOf(hash)], 1);
      rows.push_back({hash, word, starts_[batch] + static_cast<uint32_t>(row)});
      if (rows.size() < kUnderWay) continue;
      if (!AddRows(rows)) return false;
      rows.clear();
    }
  }
  return AddRows(rows);
}

bool JoinWords::AddRows(std::span<const KeyedRow> rows) {
  for (const KeyedRow& each : rows) {
    uint32_t& slot = slots_[Probe(Candidate(SlotOf(each.hash), each.hash), each.hash, each.word)];
    if (slot != kNone) {
      if (!MakeNext()) return false;
      next_[each.row] = RowIn(slot);
    }
    slot = TagOf(each.hash) | each.row;
  }
  return true;
}

bool JoinWords::MakeNext() {
  std::call_once(next_made_, [this] {
    if (!memory_.TryReserve(static_cast<int64_t>(sizeof(uint32_t)) * starts_.back())) return;
    next_.resize(starts_.back(), kNone);
  });
  return !next_.empty();
}

Status JoinWords::CountMatches(RunContext& run) {
  most_matches_ = starts_.back() > 0 ? 1 : 0;
  if (next_.empty()) return Status::OK();
  std::array<Counted, kParts> counted;
  RETURN_NOT_OK(ForEachNumber(
      kParts,
      [&](size_t part) {
        counted[part] = CountedIn(parts_[part]);
        return Status::OK();
      },
      run));
  for (const Counted& part : counted) {
    most_matches_ = std::max(most_matches_, part.most_matches);
    first_repeated_ = std::min(first_repeated_, part.first_repeated);
  }
  return Status::OK();
}

JoinWords::Counted JoinWords::CountedIn(const Part& part) const {
  Counted counted;
  for (uint64_t i = part.first; i < part.first + part.slots; ++i) {
    if (slots_[i] == kNone) continue;
    size_t matches = 1;
    const uint32_t first = RowIn(slots_[i]);
    for (uint32_t row = RowAfter(first); row != kNone; row = RowAfter(row)) ++matches;
    counted.most_matches = std::max(counted.most_matches, matches);
    if (matches > 1) counted.first_repeated = std::min(counted.first_repeated, first);
  }
  return counted;
}

uint64_t JoinWords::Probe(uint64_t slot, uint64_t hash, uint64_t word) const {
  for (; slots_[slot] != kNone; slot = Candidate(SlotAfter(slot, hash), hash)) {
    const RowRef place = PlaceOf(RowIn(slots_[slot]));
    if (words_[place.batch][place.row] == word) break;
  }
  return slot;
}

std::optional<RowRef> JoinWords::FirstRepeated() const {
  if (first_repeated_ == kNone) return std::nullopt;
  return PlaceOf(first_repeated_);
}

}  // namespace tideway::dataset
