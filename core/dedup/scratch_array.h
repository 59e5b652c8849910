// Arrays with an entry for each document or bucket: in memory while the run's budget lasts, else in
// a file of the scratch folder that is mapped, whose pages the system writes out when it needs
// their room.
//
//   ARROW_ASSIGN_OR_RAISE(auto ranks, ScratchArray<uint32_t>::Make(count, run));
//   ranks[7] = 3;                                   // all are 0 before
//
// Threads: as any array. Ownership: the destructor gives memory or file back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "core/dataset/held_memory.h"
#include "core/dataset/run_context.h"

namespace tideway::dedup {

// The bytes of such an array.
class ScratchBytes {
 public:
  // All zero. Errors: kind disk_full when the scratch folder has not the room, io.
  static Result<std::unique_ptr<ScratchBytes>> Make(size_t bytes, dataset::RunContext& run);
  ~ScratchBytes();
  ScratchBytes(const ScratchBytes&) = delete;
  void* data() { return data_; }

 private:
  ScratchBytes(size_t bytes, std::shared_ptr<MemoryBudget> budget)
      : bytes_(bytes), memory_(std::move(budget)) {}
  Status MapFile(const std::string& path);

  const size_t bytes_;
  dataset::HeldMemory memory_;
  void* data_ = nullptr;
};

template <typename T>
class ScratchArray {
  static_assert(std::is_trivial_v<T>);

 public:
  ScratchArray() = default;
  static Result<ScratchArray> Make(size_t count, dataset::RunContext& run) {
    ScratchArray array;
    ARROW_ASSIGN_OR_RAISE(array.bytes_, ScratchBytes::Make(count * sizeof(T), run));
    array.values_ = {static_cast<T*>(array.bytes_->data()), count};
    return array;
  }
  size_t size() const { return values_.size(); }
  T& operator[](size_t i) { return values_[i]; }
  const T& operator[](size_t i) const { return values_[i]; }
  std::span<T> values() { return values_; }
  std::span<const T> values() const { return values_; }

 private:
  std::unique_ptr<ScratchBytes> bytes_;
  std::span<T> values_;
};

}  // namespace tideway::dedup
