// Files that are published, not written: a reader sees the old content or the new one, never half.
//
//   ARROW_ASSIGN_OR_RAISE(auto file, AtomicFile::Create("data/train.parquet"));
//   RETURN_NOT_OK(file->Write(bytes));
//   RETURN_NOT_OK(file->Publish());        // flush, fsync, rename, fsync of the folder
//
// An AtomicFile that is destroyed unpublished removes its temporary. Temporaries are named
// ".<name>.<owner>.<n>.tideway-tmp" in the target's folder; RemoveStaleTemporaries deletes those
// whose process is gone. Errors name the path and map errno (disk_full, not_found, io). Thread
// safety: one thread per object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway {

class AtomicFile {
 public:
  static Result<std::unique_ptr<AtomicFile>> Create(std::string path, int mode = 0644);
  // One that another process left sealed at `temporary_path`, to be renamed to `path` in the same
  // folder.
  static std::unique_ptr<AtomicFile> Adopt(std::string temporary_path, std::string path,
                                           int64_t size);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;

  Status Write(std::string_view bytes);
  // Flushes, syncs and renames onto path(). Call once; afterwards only path(), size() and the
  // destructor.
  Status Publish();
  // As Publish, but in two steps, for several files that must appear together: Seal() makes the
  // bytes durable under the temporary name and closes it, Rename() moves it, onto `path` where that
  // is given (in the same file system). Publish() is both, and SyncFolder.
  Status Seal();
  Status Rename();
  Status Rename(std::string path);
  // The temporary stays when this is destroyed: for another process to adopt.
  void Leave() { created_ = false; }

  const std::string& path() const { return path_; }
  const std::string& temporary_path() const { return temporary_path_; }
  int64_t size() const { return size_; }
  // -1 once sealed.
  int fd() const { return fd_; }

 private:
  AtomicFile() = default;
  void Close();

  std::string path_;
  std::string temporary_path_;
  std::string buffer_;
  int64_t size_ = 0;
  int fd_ = -1;
  bool created_ = false;
  bool published_ = false;
};

// Writes all of `bytes` at the position of `fd`, over as many calls as it takes; `path` is for
// errors.
Status WriteAll(int fd, std::string_view bytes, const std::string& path);
// Writes `bytes` to `path` atomically and durably.
Status WriteFileAtomic(const std::string& path, std::string_view bytes, int mode = 0644);
Result<std::string> ReadFile(const std::string& path);
bool FileExists(const std::string& path);
// The absolute path that it comes to, links followed as far as it exists, without a slash at its
// end: equal for two names of one place.
std::string CanonicalPath(const std::string& path);
// What is before the last slash of `path`, which has one.
inline std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
// Creates `path` and its parents (mode 0777 less the umask).
Status MakeFolders(const std::string& path);
// Makes renames and creations in `folder` durable.
Status SyncFolder(const std::string& folder);
// Deletes a file or a folder with all in it; absent is fine.
Status RemoveAll(const std::string& path);
// OK when files can be created in `folder` (tried by creating one); the folder must exist.
Status CheckWritable(const std::string& folder);
// Deletes temporaries of AtomicFile in `folder` ("" is the current one) whose process no longer
// lives. Returns how many.
Result<int> RemoveStaleTemporaries(const std::string& folder);

// A folder for one run's spill files under `parent`, removed with everything in it on destruction.
// The name holds pid and start time; leftovers of dead processes in `parent` are removed on
// creation.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> Create(const std::string& parent);
  // Makes a folder of a dead process (ScratchLeftovers) one of this process, with all in it. An
  // error of kind conflict when another process was faster.
  static Result<std::unique_ptr<ScratchFolder>> Adopt(const std::string& leftover);
  ~ScratchFolder();
  // It stays when this is destroyed, as if the process had been killed.
  void Leave() { leave_ = true; }
  const std::string& path() const { return path_; }
  // A path for a new file; unique within the folder. Thread-safe.
  std::string NewFile(std::string_view stem);

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  bool leave_ = false;
};

}  // namespace tideway
