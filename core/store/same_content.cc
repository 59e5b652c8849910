#include "core/store/same_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/hash.h"
#include "core/base/hex.h"
#include "core/store/source.h"

namespace tideway::store {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
// Of this program, AWS's and boto3, s5cmd, rclone and MinIO's.
constexpr int64_t kPartSizes[] = {16 * kMiB, 8 * kMiB, 50 * kMiB, 5 * kMiB, 64 * kMiB, 128 * kMiB};

bool IsMd5(std::string_view text) { return IsHex(text, kMd5Digits); }

Result<std::string> Md5Of(const net::Body& body, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(std::string md5, HashOf<Md5>(body));
  RETURN_NOT_OK(cancel.Check());
  return md5;
}

// As S3 names an object of parts: the MD5 of their MD5s, and how many there are.
Result<std::string> EtagOfParts(const net::Body& body, int64_t part_bytes,
                                const CancelToken& cancel) {
  std::string digests;
  int64_t parts = 0;
  for (int64_t at = 0; at < body.size; at += part_bytes, ++parts) {
    const net::Body part = Slice(body, at, std::min(part_bytes, body.size - at));
    ARROW_ASSIGN_OR_RAISE(const std::string md5, Md5Of(part, cancel));
    digests += BytesOfHex(md5);
  }
  Md5 hash;
  hash.Update(digests);
  return fmt::format("{}-{}", hash.Finish(), parts);
}

// How many parts an ETag tells of; 0: it tells of none.
int64_t PartsOf(const std::string& etag) {
  if (etag.size() < kMd5Digits + 2 || etag[kMd5Digits] != '-') return 0;
  if (!IsMd5(std::string_view(etag).substr(0, kMd5Digits))) return 0;
  int64_t parts = 0;
  std::from_chars(etag.data() + kMd5Digits + 1, etag.data() + etag.size(), parts);
  return parts;
}

}  // namespace

Result<bool> HasSameContent(const Object& object, const std::string& path,
                            const CancelToken& cancel) {
  const auto body = FileSource(path);
  if (!body.ok() || body->size != object.size) return false;
  const std::string md5 = object.md5.empty() && IsMd5(object.etag) ? object.etag : object.md5;
  if (!md5.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string found, Md5Of(*body, cancel));
    return found == md5;
  }
  const int64_t parts = PartsOf(object.etag);
  for (const int64_t part_bytes : kPartSizes) {
    if (parts == 0 || (object.size + part_bytes - 1) / part_bytes != parts) continue;
    ARROW_ASSIGN_OR_RAISE(const std::string found, EtagOfParts(*body, part_bytes, cancel));
    if (found == object.etag) return true;
  }
  return false;
}

}  // namespace tideway::store
