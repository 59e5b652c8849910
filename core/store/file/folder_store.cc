#include "core/store/file/folder_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "core/base/clock.h"
#include "core/base/file.h"

namespace tideway::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr std::string_view kTemporary = ".tideway-tmp";

// A file that is open for reading.
class Reader {
 public:
  ~Reader() {
    if (fd_ >= 0) close(fd_);
  }
  // False: there is no such file.
  Result<bool> Open(const std::string& path) {
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0 && (errno == ENOENT || errno == ENOTDIR)) return false;
    if (fd_ < 0 || fstat(fd_, &stat_) != 0) {
      return ErrnoError(errno, "store: cannot read", path);
    }
    return S_ISREG(stat_.st_mode);
  }
  Status Copy(ByteRange range, const net::WriteAt& write, const CancelToken& cancel) const {
    std::string piece;
    for (int64_t at = range.begin; at < range.end;) {
      RETURN_NOT_OK(cancel.Check());
      piece.resize(std::min(kPieceBytes, static_cast<size_t>(range.end - at)));
      const ssize_t got = pread(fd_, piece.data(), piece.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoError(errno, "store: cannot read", "an object");
      if (got == 0) return Error(ErrorKind::kConflict, "store: an object became shorter");
      RETURN_NOT_OK(write(at, std::string_view(piece).substr(0, static_cast<size_t>(got))));
      at += got;
    }
    return Status::OK();
  }
  const struct stat& stat() const { return stat_; }

 private:
  int fd_ = -1;
  struct stat stat_ = {};
};

class FolderStore : public Store {
 public:
  explicit FolderStore(const std::string& folder)
      : root_(CanonicalPath(folder)), uri_("file:" + root_) {}

  const std::string& uri() const override { return uri_; }

  Result<Page> List(const ListRequest& request, const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const std::set<std::string> keys, Keys(request.prefix, cancel));
    Page page;
    std::string last;
    for (auto key = keys.upper_bound(request.next); key != keys.end(); ++key) {
      const std::string shown = Shown(*key, request);
      if (shown == last || shown == request.next) continue;
      if (static_cast<int>(page.objects.size() + page.prefixes.size()) >= request.most) {
        page.next = last;
        break;
      }
      last = shown;
      if (shown != *key) {
        page.prefixes.push_back(shown);
        continue;
      }
      const auto object = Head(*key, cancel);
      if (object.ok()) page.objects.push_back(*object);  // else it is gone since
    }
    return page;
  }

  Result<Object> Head(const std::string& key, const CancelToken&) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
    Reader reader;
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Open(path));
    if (!found) return NoSuchObject(uri_, key);
    return ObjectOf(key, reader.stat());
  }

  Result<Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                           const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
    Reader reader;
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Open(path));
    if (!found) return NoSuchObject(uri_, key);
    Object object = ObjectOf(key, reader.stat());
    RETURN_NOT_OK(reader.Copy({0, std::min(most, object.size)}, write, cancel));
    return object;
  }

  Status ReadRange(const Object& object, ByteRange range, const net::WriteAt& write,
                   const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(object.key));
    Reader reader;
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Open(path));
    if (!found || ObjectOf(object.key, reader.stat()).etag != object.etag) {
      return ObjectChanged(uri_, object.key);
    }
    return reader.Copy(range, write, cancel);
  }

  Result<Object> Put(const std::string& key, const net::Body& source, const PutOptions& options,
                     const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
    RETURN_NOT_OK(MakeFolders(ParentOf(path)));
    ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path));
    std::string piece(kPieceBytes, '\0');
    for (int64_t at = 0; at < source.size;) {
      RETURN_NOT_OK(cancel.Check());
      const size_t most = std::min(kPieceBytes, static_cast<size_t>(source.size - at));
      ARROW_ASSIGN_OR_RAISE(const size_t got, source.read(at, piece.data(), most));
      if (got == 0) return Error(ErrorKind::kIo, "store: the source ends too early");
      RETURN_NOT_OK(file->Write(std::string_view(piece).substr(0, got)));
      at += static_cast<int64_t>(got);
    }
    if (!options.replaces.empty()) {
      const auto found = Head(key, cancel);
      if (!found.ok() || found->etag != options.replaces) return ObjectReplaced(uri_, key);
    }
    RETURN_NOT_OK(options.if_absent ? PublishNew(*file, key) : file->Publish());
    return Head(key, cancel);
  }

  Result<Object> Copy(const std::string& from, const std::string& to,
                      const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const std::string source, PathOf(from));
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(to));
    Reader reader;
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Open(source));
    if (!found) return NoSuchObject(uri_, from);
    RETURN_NOT_OK(MakeFolders(ParentOf(path)));
    ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path));
    RETURN_NOT_OK(reader.Copy(
        {0, reader.stat().st_size},
        [&file](int64_t, std::string_view bytes) { return file->Write(bytes); }, cancel));
    RETURN_NOT_OK(file->Publish());
    return Head(to, cancel);
  }

  Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) override {
    for (const std::string& key : keys) {
      RETURN_NOT_OK(cancel.Check());
      ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
      if (unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR || errno == EISDIR) {
        continue;
      }
      return ErrnoError(errno, "store: cannot delete", path);
    }
    return Status::OK();
  }

  Result<std::string> Presign(const std::string&, const PresignOptions&,
                              const CancelToken&) override {
    return Error(ErrorKind::kUsage, "store: a folder gives no addresses to others: " + uri_)
        .Hint("presign objects of s3:// or gs://");
  }

  Status CreateBucket(const CancelToken&) override { return MakeFolders(root_); }

 private:
  // Names that stay below the folder.
  Result<std::string> PathOf(const std::string& key) const {
    const auto wrong = [&](const char* rule) {
      return Error(ErrorKind::kUsage, fmt::format("store: a key of a folder {}: `{}`", rule, key));
    };
    if (key.empty()) return wrong("must not be empty");
    if (key.find('\0') != key.npos) return wrong("must not have a zero byte");
    if (key.ends_with(kTemporary)) return wrong("must not end with .tideway-tmp");
    for (size_t at = 0; at <= key.size();) {
      const size_t end = std::min(key.find('/', at), key.size());
      const std::string part = key.substr(at, end - at);
      if (part.empty() || part == "." || part == "..") {
        return wrong("must not have empty parts, `.` or `..`");
      }
      at = end + 1;
    }
    return root_ + "/" + key;
  }

  Result<std::set<std::string>> Keys(const std::string& prefix, const CancelToken& cancel) const {
    std::set<std::string> keys;
    std::error_code error;
    if (!fs::exists(root_, error)) {
      return Error(ErrorKind::kNotFound, "store: no folder " + root_)
          .Hint(fmt::format("make it: `tideway store mb file:{}`, or create_bucket in a script",
                            root_));
    }
    const size_t slash = prefix.rfind('/');
    const std::string below = slash == prefix.npos ? "" : "/" + prefix.substr(0, slash);
    if (below.find("/..") != below.npos) return keys;
    fs::recursive_directory_iterator entry(root_ + below, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      RETURN_NOT_OK(cancel.Check());
      std::error_code gone;
      if (!entry->is_regular_file(gone)) continue;
      std::string key = entry->path().string().substr(root_.size() + 1);
      if (key.starts_with(prefix) && !key.ends_with(kTemporary)) keys.insert(std::move(key));
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return ErrnoError(error.value(), "store: cannot list", root_ + below);
    }
    return keys;
  }

  // The key, or its prefix as far as the delimiter.
  static std::string Shown(const std::string& key, const ListRequest& request) {
    if (request.delimiter.empty()) return key;
    const size_t at = key.find(request.delimiter, request.prefix.size());
    return at == key.npos ? key : key.substr(0, at + request.delimiter.size());
  }

  Object ObjectOf(const std::string& key, const struct stat& stat) const {
    const int64_t second = int64_t{stat.st_mtim.tv_sec};
    return {.key = key,
            .size = stat.st_size,
            .etag = fmt::format("{:x}-{:x}{:08x}-{:x}", stat.st_size, second, stat.st_mtim.tv_nsec,
                                stat.st_ino),
            .modified = FormatUtc(std::chrono::seconds(second), "%Y-%m-%dT%H:%M:%SZ"),
            .url = "file://" + net::EncodePath(root_ + "/" + key)};
  }

  // A link fails where the name is taken, as no rename does.
  Status PublishNew(AtomicFile& file, const std::string& key) const {
    RETURN_NOT_OK(file.Seal());
    if (link(file.temporary_path().c_str(), file.path().c_str()) == 0) {
      return SyncFolder(ParentOf(file.path()));
    }
    if (errno == EEXIST) return ObjectExists(uri_, key);
    return ErrnoError(errno, "store: cannot write", file.path());
  }

  const std::string root_;
  const std::string uri_;
};

}  // namespace

std::shared_ptr<Store> OpenFolder(const std::string& folder) {
  return std::make_shared<FolderStore>(folder);
}

}  // namespace tideway::store
