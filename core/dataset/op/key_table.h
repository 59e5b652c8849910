// Numbers for keys: 0 for the first one met, 1 for the next other one, and so on. Open addressing
// with linear probing, over keys that stay where they are: the table holds views.
//
//   KeyTable table;
//   const auto [number, is_new] = table.Add(Hash64(key), key);
//
// Memory: 24 bytes a key, and 8 for each of two to four slots a key. Threads: one per object.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tideway::dataset {

class KeyTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit KeyTable(size_t expected_keys = 0);
  size_t size() const { return keys_.size(); }
  std::string_view key(uint32_t number) const { return keys_[number].bytes; }

  struct Added {
    uint32_t number;
    bool is_new;
  };
  // `key` must outlive the table. At most 2^32 - 1 keys.
  Added Add(uint64_t hash, std::string_view key);
  // Has the memory that Find() looks at first fetched meanwhile.
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  // The number of a key, or kNone.
  uint32_t Find(uint64_t hash, std::string_view key) const;

 private:
  struct Key {
    uint64_t hash;
    std::string_view bytes;
  };
  // A key's number, or kNone, with bits of its hash that tell most other keys from it without a
  // look at them.
  struct Slot {
    uint32_t tag;
    uint32_t number;
  };
  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 22); }
  // Where the key is, or where it would go.
  size_t SlotOf(uint64_t hash, std::string_view key) const;
  void Grow();

  std::vector<Key> keys_;
  std::vector<Slot> slots_;
  size_t mask_;
};

}  // namespace tideway::dataset
