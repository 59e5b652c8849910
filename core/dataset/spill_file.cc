#include "core/dataset/spill_file.h"

#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <span>
#include <utility>

namespace tideway::dataset {
namespace {

using arrow::bit_util::RoundUpToMultipleOf8;
constexpr char kPadding[8] = {};
constexpr int64_t kWindowBytes = int64_t{1} << 30;

class MappedBuffer : public arrow::Buffer {
 public:
  MappedBuffer(const uint8_t* data, int64_t length, void* map, size_t map_length)
      : Buffer(data, length), map_(map), map_length_(map_length) {}
  ~MappedBuffer() override { ::munmap(map_, map_length_); }

 private:
  void* map_;
  size_t map_length_;
};

std::vector<iovec> Gather(const std::vector<std::shared_ptr<arrow::Buffer>>& buffers) {
  std::vector<iovec> parts;
  for (const auto& buffer : buffers) {
    const int64_t size = buffer == nullptr ? 0 : buffer->size();
    if (size == 0) continue;
    parts.push_back({const_cast<uint8_t*>(buffer->data()), static_cast<size_t>(size)});
    const auto padding = static_cast<size_t>(RoundUpToMultipleOf8(size) - size);
    if (padding > 0) parts.push_back({const_cast<char*>(kPadding), padding});
  }
  return parts;
}

// Takes `bytes` off the front of `parts`.
std::span<iovec> Advance(std::span<iovec> parts, size_t bytes) {
  while (!parts.empty() && bytes >= parts.front().iov_len) {
    bytes -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
    parts.front().iov_len -= bytes;
  }
  return parts;
}

}  // namespace

Result<std::shared_ptr<SpillFile>> SpillFile::Create(std::string path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoError(errno, "dataset: cannot create a spill file", path);
  return std::shared_ptr<SpillFile>(new SpillFile(std::move(path), fd));
}

SpillFile::~SpillFile() {
  ::close(fd_);
  ::unlink(path_.c_str());
}

Result<int64_t> SpillFile::Append(const std::vector<std::shared_ptr<arrow::Buffer>>& buffers) {
  int64_t length = 0;
  for (const auto& buffer : buffers) {
    length += buffer == nullptr ? 0 : RoundUpToMultipleOf8(buffer->size());
  }
  const int64_t offset = size_.fetch_add(length);
  RETURN_NOT_OK(WriteAt(offset, buffers));
  return offset;
}

Status SpillFile::WriteAt(int64_t offset,
                          const std::vector<std::shared_ptr<arrow::Buffer>>& buffers) const {
  std::vector<iovec> gathered = Gather(buffers);
  for (std::span<iovec> parts(gathered); !parts.empty();) {
    const int count = static_cast<int>(std::min<size_t>(parts.size(), IOV_MAX));
    const ssize_t written = ::pwritev(fd_, parts.data(), count, offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoError(errno, "dataset: cannot write to the scratch folder", path_);
    }
    offset += written;
    parts = Advance(parts, static_cast<size_t>(written));
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Buffer>> SpillFile::Map(int64_t offset, int64_t length) const {
  if (length == 0) return std::make_shared<arrow::Buffer>(nullptr, 0);
  const int64_t window = offset / kWindowBytes;
  if ((offset + length - 1) / kWindowBytes != window) return MapRange(offset, length);
  ARROW_ASSIGN_OR_RAISE(const auto mapped, Window(static_cast<size_t>(window)));
  return arrow::SliceBuffer(mapped, offset - window * kWindowBytes, length);
}

// It may reach beyond the end of the file, which comes to be readable as the file grows.
Result<std::shared_ptr<arrow::Buffer>> SpillFile::Window(size_t index) const {
  std::lock_guard lock(mutex_);
  if (index >= windows_.size()) windows_.resize(index + 1);
  if (windows_[index] == nullptr) {
    ARROW_ASSIGN_OR_RAISE(windows_[index],
                          MapRange(static_cast<int64_t>(index) * kWindowBytes, kWindowBytes));
  }
  return windows_[index];
}

Result<std::shared_ptr<arrow::Buffer>> SpillFile::MapRange(int64_t offset, int64_t length) const {
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  const int64_t start = offset / page * page;
  const auto map_length = static_cast<size_t>(offset - start + length);
  void* map = ::mmap(nullptr, map_length, PROT_READ, MAP_SHARED, fd_, start);
  if (map == MAP_FAILED) return ErrnoError(errno, "dataset: cannot map a spill file", path_);
  const auto* data = static_cast<const uint8_t*>(map) + (offset - start);
  return std::make_shared<MappedBuffer>(data, length, map, map_length);
}

}  // namespace tideway::dataset
