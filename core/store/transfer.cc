#include "core/store/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/work_all.h"
#include "core/store/crc32c.h"
#include "core/store/source.h"
#include "core/store/started_download.h"

namespace tideway::store {
namespace {

// Keeps bytes that come at their places.
net::WriteAt WriteToText(std::string* text, int64_t first) {
  return [text, first](int64_t at, std::string_view bytes) {
    const size_t end = static_cast<size_t>(at - first) + bytes.size();
    if (text->size() < end) text->resize(end);
    std::memcpy(text->data() + (at - first), bytes.data(), bytes.size());
    return Status::OK();
  };
}

size_t PartsOf(const Object& object, const GetOptions& options) {
  return static_cast<size_t>((object.size + options.part_bytes - 1) / options.part_bytes);
}

// What is left of an object after its first part, but for what has come before. `came` is called
// with each part.
Status GetRest(Store& store, const Object& object, const net::WriteAt& write,
               const GetOptions& options, const std::function<bool(size_t part)>& has,
               const std::function<void(size_t part)>& came, const CancelToken& cancel) {
  const size_t parts = PartsOf(object, options);
  if (parts <= 1) return Status::OK();
  CancelToken stop(&cancel);
  return WorkAll(parts - 1, options.at_once, stop, [&](size_t index) -> Status {
    const size_t part = index + 1;
    if (has(part)) return Status::OK();
    const int64_t begin = options.part_bytes * static_cast<int64_t>(part);
    const ByteRange range{begin, std::min(begin + options.part_bytes, object.size)};
    RETURN_NOT_OK(store.ReadRange(object, range, write, stop));
    came(part);
    return Status::OK();
  });
}

// By what the store tells of its hashes, if anything.
Status CheckBytes(const Object& object, const net::Body& body, const std::string& name) {
  const bool by_md5 = !object.md5.empty();
  const std::string& told = by_md5 ? object.md5 : object.crc32c;
  if (told.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string found, by_md5 ? HashOf<Md5>(body) : HashOf<Crc32c>(body));
  if (body.size == object.size && found == told) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("store: {} bytes with the {} {} come of {}, which has {} and {}",
                           body.size, by_md5 ? "MD5" : "CRC32C", found, name, object.size, told))
      .Retryable()
      .Hint("something between may change the bytes; try again later");
}

Status CheckFile(const Object& object, const std::string& path, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const net::Body body, FileSource(path));
  return CheckBytes(object, body, name);
}

Status CheckText(const Object& object, const std::string& text, const std::string& name) {
  return CheckBytes(object, net::Body::Of(text), name);
}

// Whether what has come of it is of use to the next try.
bool GoesOn(const Status& status) {
  const ErrorKind kind = KindOf(status);
  return kind == ErrorKind::kNetwork || kind == ErrorKind::kTimeout ||
         kind == ErrorKind::kInterrupted || kind == ErrorKind::kAuth;
}

// Large ones: what has come stays when the process does not.
Status GetOn(Store& store, const Object& object, StartedDownload& started, AtomicFile& first,
             const GetOptions& options, const CancelToken& cancel) {
  RETURN_NOT_OK(started.Begin(first));
  Status status = GetRest(
      store, object, net::WriteToFile(started.fd(), started.bytes_path()), options,
      [&](size_t part) { return started.has(part); }, [&](size_t part) { started.Note(part); },
      cancel);
  if (status.ok()) {
    status = CheckFile(object, started.bytes_path(), store.uri() + "/" + object.key);
  }
  if (status.ok()) status = started.Publish();
  if (!status.ok() && !GoesOn(status)) started.Forget();
  return status;
}

Result<Object> GetOnce(Store& store, const std::string& key, const std::string& path,
                       const GetOptions& options, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path));
  const net::WriteAt write = net::WriteToFile(file->fd(), path);
  ARROW_ASSIGN_OR_RAISE(Object object, store.ReadStart(key, options.part_bytes, write, cancel));
  if (object.size > options.part_bytes && !object.etag.empty()) {
    StartedDownload started(path,
                            fmt::format("{}/{} {} {} {}", store.uri(), net::EncodePath(key),
                                        object.etag, object.size, options.part_bytes),
                            options.part_bytes, object.size);
    if (started.taken()) {
      RETURN_NOT_OK(GetOn(store, object, started, *file, options, cancel));
      return object;
    }
  }
  RETURN_NOT_OK(
      GetRest(store, object, write, options, [](size_t) { return false; }, [](size_t) {}, cancel));
  RETURN_NOT_OK(CheckFile(object, file->temporary_path(), store.uri() + "/" + key));
  RETURN_NOT_OK(file->Publish());
  return object;
}

Result<std::string> GetTextOnce(Store& store, const std::string& key, int64_t most,
                                const CancelToken& cancel) {
  std::string text;
  ARROW_ASSIGN_OR_RAISE(const Object object,
                        store.ReadStart(key, most, WriteToText(&text, 0), cancel));
  if (object.size > most) {
    return Error(ErrorKind::kMemory, fmt::format("store: {}/{} has {}, more than {}", store.uri(),
                                                 key, FormatBytes(object.size), FormatBytes(most)))
        .Hint("fetch it into a file, or a range of it");
  }
  RETURN_NOT_OK(CheckText(object, text, store.uri() + "/" + key));
  return text;
}

// Once more where the bytes were of two contents, or wrong.
template <typename Get>
auto TwiceAtMost(const Get& get) -> decltype(get()) {
  auto got = get();
  if (got.ok()) return got;
  const ErrorKind kind = KindOf(got.status());
  return kind == ErrorKind::kConflict || kind == ErrorKind::kData ? get() : got;
}

}  // namespace

Result<Object> GetFile(Store& store, const std::string& key, const std::string& path,
                       const GetOptions& options, const CancelToken& cancel) {
  return TwiceAtMost([&] { return GetOnce(store, key, path, options, cancel); });
}

Result<std::string> GetText(Store& store, const std::string& key, int64_t most,
                            const CancelToken& cancel) {
  return TwiceAtMost([&] { return GetTextOnce(store, key, most, cancel); });
}

Result<std::string> GetListed(Store& store, const Object& object, int64_t most,
                              const CancelToken& cancel) {
  // Where the listing tells no hash, the answer with the bytes may.
  if ((object.md5.empty() && object.crc32c.empty()) || object.size > most)
    return GetText(store, object.key, most, cancel);
  std::string text;
  const ByteRange all{0, object.size};
  Status status = store.ReadRange(object, all, WriteToText(&text, 0), cancel);
  if (status.ok()) status = CheckText(object, text, store.uri() + "/" + object.key);
  if (status.ok()) return text;
  const ErrorKind kind = KindOf(status);
  const bool again = kind == ErrorKind::kConflict || kind == ErrorKind::kData;
  return again ? GetText(store, object.key, most, cancel) : Result<std::string>(status);
}

Result<std::string> GetRange(Store& store, const std::string& key, ByteRange range,
                             const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const Object object, store.Head(key, cancel));
  range.end = std::min(range.end, object.size);
  std::string text;
  if (range.size() <= 0) return text;
  RETURN_NOT_OK(store.ReadRange(object, range, WriteToText(&text, range.begin), cancel));
  return text;
}

Result<std::vector<Object>> ListAll(Store& store, const std::string& prefix,
                                    const CancelToken& cancel) {
  std::vector<Object> objects;
  ListRequest request{.prefix = prefix};
  do {
    ARROW_ASSIGN_OR_RAISE(Page page, store.List(request, cancel));
    std::ranges::move(page.objects, std::back_inserter(objects));
    request.next = page.next;
  } while (!request.next.empty());
  return objects;
}

}  // namespace tideway::store
