#include "core/store/s3/payer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/base/file.h"

namespace tideway::store {
namespace {

constexpr double kMicro = 1e6;

// The ledger, open and locked.
class Ledger {
 public:
  explicit Ledger(std::string path) : path_(std::move(path)) {}
  ~Ledger() {
    if (fd_ >= 0) close(fd_);
  }
  Ledger(const Ledger&) = delete;

  Status Open() {
    RETURN_NOT_OK(MakeFolders(ParentOf(path_)));
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) return ErrnoError(errno, "store: cannot open the ledger", path_);
    while (flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) return ErrnoError(errno, "store: cannot lock the ledger", path_);
    }
    return Status::OK();
  }
  Result<int64_t> Read() const {
    char text[32];
    const ssize_t got = pread(fd_, text, sizeof text, 0);
    if (got < 0) return ErrnoError(errno, "store: cannot read the ledger", path_);
    if (got == 0) return 0;
    int64_t micro = -1;
    const auto [end, code] = std::from_chars(text, text + got, micro);
    if (code == std::errc() && micro >= 0 && end < text + got && *end == '\n') return micro;
    return Error(ErrorKind::kData, "store: the ledger of what was paid makes no sense: " + path_)
        .Hint("delete it to begin at nothing");
  }
  // One write of a number that never has fewer digits.
  Status Write(int64_t micro) const {
    const std::string line = fmt::format("{:020}\n", micro);
    const ssize_t put = pwrite(fd_, line.data(), line.size(), 0);
    if (put != static_cast<ssize_t>(line.size()) || fdatasync(fd_) != 0) {
      return ErrnoError(put < 0 ? errno : ENOSPC, "store: cannot write the ledger", path_);
    }
    return Status::OK();
  }

 private:
  const std::string path_;
  int fd_ = -1;
};

}  // namespace

Status Payer::Spend(int64_t bytes) {
  constexpr double kGib = 1 << 30;
  const double cost =
      options_.usd_per_request + options_.usd_per_gib * static_cast<double>(bytes) / kGib;
  Ledger ledger(options_.ledger);
  RETURN_NOT_OK(ledger.Open());
  ARROW_ASSIGN_OR_RAISE(const int64_t before, ledger.Read());
  const int64_t after = before + static_cast<int64_t>(std::ceil(cost * kMicro));
  if (static_cast<double>(after) <= options_.limit_usd * kMicro) return ledger.Write(after);
  return Error(ErrorKind::kUsage,
               fmt::format("store: the limit of ${:.2f} for paid requests is reached: ${:.6f} are "
                           "spent",
                           options_.limit_usd, static_cast<double>(before) / kMicro))
      .Hint("raise spend_limit_usd, or delete " + options_.ledger);
}

Result<double> Payer::Spent() const {
  Ledger ledger(options_.ledger);
  RETURN_NOT_OK(ledger.Open());
  ARROW_ASSIGN_OR_RAISE(const int64_t micro, ledger.Read());
  return static_cast<double>(micro) / kMicro;
}

}  // namespace tideway::store
