#include "core/swh/gunzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace tideway::swh {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr size_t kPieceBytes = 64 << 10;

Error Broken(const std::string& what) {
  return Error(ErrorKind::kData, "swh: cannot unpack: " + what);
}

// One stream of zlib, begun anew for each member.
class Inflater {
 public:
  explicit Inflater(std::string_view bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;

  bool ready() const { return ready_; }
  // Whether there is another member; passes over zero bytes.
  bool Next() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    return stream_.avail_in > 0 && inflateReset(&stream_) == Z_OK;
  }
  Status Member(int64_t most, std::string* out) {
    std::array<char, kPieceBytes> piece;
    for (int code = Z_OK; code != Z_STREAM_END;) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = kPieceBytes;
      code = inflate(&stream_, Z_NO_FLUSH);
      const size_t got = kPieceBytes - stream_.avail_out;
      if (code == Z_BUF_ERROR) return Broken("it is cut off");
      if (code != Z_OK && code != Z_STREAM_END) {
        return Broken(stream_.msg != nullptr ? stream_.msg : "no gzip");
      }
      if (static_cast<int64_t>(out->size() + got) > most) {
        return Error(ErrorKind::kMemory,
                     fmt::format("swh: cannot unpack: it comes to more than {} bytes", most));
      }
      out->append(piece.data(), got);
    }
    return Status::OK();
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
};

}  // namespace

Result<std::string> Gunzip(std::string_view bytes, int64_t most) {
  if (bytes.empty()) return Broken("it is empty");
  Inflater inflater(bytes);
  if (!inflater.ready()) return Error(ErrorKind::kMemory, "swh: out of memory for unpacking");
  std::string out;
  do {
    RETURN_NOT_OK(inflater.Member(most, &out));
  } while (inflater.Next());
  return out;
}

}  // namespace tideway::swh
