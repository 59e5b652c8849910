#include "core/dataset/format/distant_file.h"

#include <arrow/buffer.h>
#include <arrow/io/file.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/file.h"
#include "core/base/work_all.h"

namespace tideway::dataset {
namespace {

// Fewer bytes than these between two ranges cost less than another request.
constexpr int64_t kGap = 128 << 10;
constexpr int64_t kPiece = int64_t{4} << 20;
constexpr size_t kAtOnce = 8;

}  // namespace

// Reads where bytes are, and brings them where they are not.
class DistantFile::Parts : public arrow::io::RandomAccessFile {
 public:
  explicit Parts(std::shared_ptr<DistantFile> file) : file_(std::move(file)) {
    set_mode(arrow::io::FileMode::READ);
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return file_->size(); }
  arrow::Result<int64_t> Read(int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, count, out));
    position_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, count));
    position_ += buffer->size();
    return buffer;
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override {
    const int64_t end = std::min(position + count, file_->size());
    if (position < 0 || count < 0 || position >= end) return 0;
    RETURN_NOT_OK(file_->Bring({{position, end}}));
    RETURN_NOT_OK(ReadAllAt(file_->ReadingFd(), static_cast<char*>(out), {position, end}));
    return end - position;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
    const int64_t most =
        std::clamp<int64_t>(file_->size() - position, 0, std::max<int64_t>(count, 0));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(most));
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position, most, buffer->mutable_data()));
    RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  Status ReadAllAt(int fd, char* out, ByteRange range) const {
    while (range.size() > 0) {
      const ssize_t read = pread(fd, out, static_cast<size_t>(range.size()), range.begin);
      if (read < 0 && errno == EINTR) continue;
      if (read <= 0) return ErrnoError(read < 0 ? errno : EIO, "cannot read", file_->parts_);
      range.begin += read;
      out += read;
    }
    return Status::OK();
  }

  const std::shared_ptr<DistantFile> file_;
  int64_t position_ = 0;
  bool closed_ = false;
};

DistantFile::DistantFile(std::string path, std::string parts, DistantContent content)
    : path_(std::move(path)), parts_(std::move(parts)), content_(std::move(content)) {}

DistantFile::~DistantFile() {
  if (whole_fd_ >= 0) close(whole_fd_);
  if (fd_ < 0) return;
  close(fd_);
  unlink(parts_.c_str());
}

Status DistantFile::OpenParts() {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) return Status::OK();
  fd_ = open(parts_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd_ >= 0 ? Status::OK() : ErrnoError(errno, "cannot write", parts_);
}

std::vector<ByteRange> DistantFile::TakeMissing(const std::vector<ByteRange>& ranges) {
  std::lock_guard lock(mutex_);
  std::vector<ByteRange> absent, pieces;
  for (const ByteRange& range : ranges) {
    const auto missing = here_.Missing(range);
    absent.insert(absent.end(), missing.begin(), missing.end());
  }
  for (const ByteRange& range : Joined(std::move(absent), kGap)) {
    for (ByteRange piece : on_the_way_.Missing(range)) {
      on_the_way_.Add(piece);
      for (; piece.size() > 0; piece.begin += kPiece) {
        pieces.push_back({piece.begin, std::min(piece.end, piece.begin + kPiece)});
      }
    }
  }
  return pieces;
}

Status DistantFile::FetchPiece(ByteRange piece, const CancelToken& stop) {
  ARROW_ASSIGN_OR_RAISE(const bool came, content_.fetch_range(piece, fd_, stop));
  if (!came) RETURN_NOT_OK(TakeWhole());
  std::lock_guard lock(mutex_);
  here_.Add(piece);
  on_the_way_.Remove(piece);
  came_.notify_all();
  return Status::OK();
}

int DistantFile::ReadingFd() {
  std::lock_guard lock(mutex_);
  return whole_fd_ >= 0 ? whole_fd_ : fd_;
}

Status DistantFile::TakeWhole() {
  RETURN_NOT_OK(BringAll());
  const int whole = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (whole < 0) return ErrnoError(errno, "cannot read", path_);
  std::lock_guard lock(mutex_);
  if (whole_fd_ >= 0) {
    close(whole);
  } else {
    whole_fd_ = whole;
  }
  here_.Add({0, content_.size});
  return Status::OK();
}

bool DistantFile::WaitFor(const std::vector<ByteRange>& ranges) {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [&] {
    return std::ranges::none_of(ranges, [&](auto range) { return on_the_way_.Touches(range); });
  });
  return std::ranges::all_of(ranges, [&](auto range) { return here_.Covers(range); });
}

Status DistantFile::Bring(const std::vector<ByteRange>& ranges, const CancelToken* stop) {
  RETURN_NOT_OK(OpenParts());
  const CancelToken cancel(stop != nullptr ? stop : content_.cancel);
  do {
    const std::vector<ByteRange> pieces = TakeMissing(ranges);
    CancelToken failed;
    const Status status = WorkAll(pieces.size(), kAtOnce, failed, [&](size_t index) {
      RETURN_NOT_OK(cancel.Check());
      return FetchPiece(pieces[index], cancel);
    });
    {
      std::lock_guard lock(mutex_);
      for (const ByteRange& piece : pieces) on_the_way_.Remove(piece);
      came_.notify_all();
    }
    RETURN_NOT_OK(WithContext(path_, status));
  } while (!WaitFor(ranges));  // who else fetched some may have failed
  return Status::OK();
}

Status DistantFile::BringAll() {
  std::lock_guard one(whole_);
  {
    std::lock_guard lock(mutex_);
    if (all_here_) return Status::OK();
  }
  RETURN_NOT_OK(content_.fetch_all());
  std::lock_guard lock(mutex_);
  all_here_ = true;
  return Status::OK();
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> DistantFile::Open() {
  {
    std::lock_guard lock(mutex_);
    if (all_here_) return arrow::io::ReadableFile::Open(path_);
  }
  return std::make_shared<Parts>(shared_from_this());
}

}  // namespace tideway::dataset
