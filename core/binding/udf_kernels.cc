#include "core/binding/udf_kernels.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>

namespace tideway::binding {

namespace {

constexpr int64_t kFirstBlockBytes = 64 << 10;

const uint8_t* Bytes(uint64_t address) { return reinterpret_cast<const uint8_t*>(address); }

std::string_view View(uint64_t address, int32_t size) {
  return {reinterpret_cast<const char*>(address), static_cast<size_t>(size)};
}

bool IsSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Flips bit 5 of the ASCII letters from `first` to `first` + 25; written so that it vectorises.
uint64_t FlipCase(TextArena* arena, uint64_t address, int32_t size, uint8_t first) noexcept {
  uint8_t* out = arena->Allocate(size);
  if (out == nullptr) return 0;
  const uint8_t* in = Bytes(address);
  for (int32_t i = 0; i < size; ++i) {
    const uint8_t letter = static_cast<uint8_t>(in[i] - first) < 26 ? 0x20 : 0;
    out[i] = in[i] ^ letter;
  }
  return reinterpret_cast<uint64_t>(out);
}

uint64_t Lower(TextArena* arena, uint64_t address, int32_t size) noexcept {
  return FlipCase(arena, address, size, 'A');
}

uint64_t Upper(TextArena* arena, uint64_t address, int32_t size) noexcept {
  return FlipCase(arena, address, size, 'a');
}

uint64_t Concat(TextArena* arena, const char* a, int32_t a_size, const char* b,
                int32_t b_size) noexcept {
  const int64_t size = int64_t{a_size} + b_size;
  if (size > std::numeric_limits<int32_t>::max()) return 0;
  uint8_t* out = arena->Allocate(size);
  if (out == nullptr) return 0;
  std::copy_n(a, a_size, out);
  std::copy_n(b, b_size, out + a_size);
  return reinterpret_cast<uint64_t>(out);
}

int32_t Find(uint64_t address, int32_t size, const char* needle, int32_t needle_size,
             int32_t from) noexcept {
  if (from > size) return -1;
  if (needle_size == 0) return from;
  const void* found = memmem(Bytes(address) + from, static_cast<size_t>(size - from), needle,
                             static_cast<size_t>(needle_size));
  if (found == nullptr) return -1;
  return static_cast<int32_t>(static_cast<const uint8_t*>(found) - Bytes(address));
}

// Counts in blocks of 255 so that the inner sum stays in bytes and vectorises.
int32_t CountByte(const uint8_t* bytes, int32_t size, uint8_t wanted) noexcept {
  int32_t total = 0;
  for (int32_t start = 0; start < size; start += 255) {
    const int32_t end = std::min(size, start + 255);
    uint8_t block = 0;
    for (int32_t i = start; i < end; ++i)
      block = static_cast<uint8_t>(block + (bytes[i] == wanted));
    total += block;
  }
  return total;
}

int32_t Count(uint64_t address, int32_t size, const char* needle, int32_t needle_size) noexcept {
  if (needle_size == 0) return 0;
  if (needle_size == 1) return CountByte(Bytes(address), size, static_cast<uint8_t>(*needle));
  int32_t total = 0;
  int32_t at = Find(address, size, needle, needle_size, 0);
  while (at >= 0) {
    ++total;
    at = Find(address, size, needle, needle_size, at + needle_size);
  }
  return total;
}

int32_t Compare(const char* a, int32_t a_size, const char* b, int32_t b_size) noexcept {
  return std::string_view(a, static_cast<size_t>(a_size))
      .compare(std::string_view(b, static_cast<size_t>(b_size)));
}

int32_t LeadingSpace(uint64_t address, int32_t size) noexcept {
  const std::string_view text = View(address, size);
  auto end = std::find_if_not(text.begin(), text.end(),
                              [](char c) { return IsSpace(static_cast<uint8_t>(c)); });
  return static_cast<int32_t>(end - text.begin());
}

int32_t TrailingSpace(uint64_t address, int32_t size) noexcept {
  const std::string_view text = View(address, size);
  auto end = std::find_if_not(text.rbegin(), text.rend(),
                              [](char c) { return IsSpace(static_cast<uint8_t>(c)); });
  return static_cast<int32_t>(end - text.rbegin());
}

int32_t Append(TextBuilder* builder, const char* bytes, int32_t size) noexcept {
  return builder->Append(reinterpret_cast<const uint8_t*>(bytes), size).ok() ? 1 : 0;
}

double TextBytes(const TidewayColumn* columns, int32_t count) noexcept {
  int64_t bytes = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (columns[i].builder != nullptr) bytes += columns[i].builder->bytes();
  }
  return static_cast<double>(bytes);
}

}  // namespace

uint8_t* TextArena::Allocate(int64_t bytes) {
  if (begin == nullptr || end - next < bytes) {
    const int64_t size = std::max(bytes, std::max(kFirstBlockBytes, 2 * (end - begin)));
    if (size > limit - total) return nullptr;
    auto* block = new (std::nothrow) uint8_t[static_cast<size_t>(size)];
    if (block == nullptr) return nullptr;
    blocks.emplace_back(block);
    total += size;
    begin = next = block;
    end = block + size;
  }
  uint8_t* out = next;
  next += bytes;
  return out;
}

void TextArena::Trim() {
  if (blocks.size() > 1) {
    blocks.erase(blocks.begin(), blocks.end() - 1);
    total = end - begin;
  }
  next = begin;
}

Status TextBuilder::Reserve(int64_t rows, int64_t bytes) {
  RETURN_NOT_OK(data_.Reserve(bytes));
  if (large_) {
    RETURN_NOT_OK(offsets64_.Reserve(rows + 1));
    return offsets64_.Append(0);
  }
  RETURN_NOT_OK(offsets32_.Reserve(rows + 1));
  return offsets32_.Append(0);
}

Status TextBuilder::Append(const uint8_t* bytes, int64_t size) {
  if (!large_ && data_.length() + size > std::numeric_limits<int32_t>::max()) {
    return Status::CapacityError("more than 2 GiB of text in one batch");
  }
  if (size > 0) RETURN_NOT_OK(data_.Append(bytes, size));
  if (large_) return offsets64_.Append(data_.length());
  return offsets32_.Append(static_cast<int32_t>(data_.length()));
}

Result<std::pair<std::shared_ptr<arrow::Buffer>, std::shared_ptr<arrow::Buffer>>>
TextBuilder::Finish() {
  std::shared_ptr<arrow::Buffer> offsets;
  if (large_) {
    ARROW_ASSIGN_OR_RAISE(offsets, offsets64_.Finish(false));
  } else {
    ARROW_ASSIGN_OR_RAISE(offsets, offsets32_.Finish(false));
  }
  ARROW_ASSIGN_OR_RAISE(auto data, data_.Finish(false));
  return std::make_pair(std::move(offsets), std::move(data));
}

TidewayKernels MakeKernels(TextArena* arena) {
  return {sizeof(TidewayKernels), arena,         Lower,  Upper,    Concat, Find, Count, Compare,
          LeadingSpace,           TrailingSpace, Append, TextBytes};
}

}  // namespace tideway::binding
