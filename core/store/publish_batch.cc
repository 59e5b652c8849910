#include "core/store/publish_batch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

namespace tideway::store {
namespace {

constexpr size_t kFiles = 512;

// All that was written to the file system of `folder`.
Status SyncFileSystem(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "store: cannot open", folder);
  const int synced = syncfs(fd);
  const int problem = errno;
  close(fd);
  return synced == 0 ? Status::OK() : ErrnoError(problem, "store: cannot sync", folder);
}

// Closed, so that many can wait; not yet synced.
Result<std::unique_ptr<AtomicFile>> WriteClosed(const std::string& path, std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path));
  RETURN_NOT_OK(WriteAll(file->fd(), bytes, path));
  file->Leave();
  return AtomicFile::Adopt(file->temporary_path(), path, static_cast<int64_t>(bytes.size()));
}

}  // namespace

void PublishBatch::Add(const CopyItem& item, std::string_view bytes) {
  auto file = WriteClosed(item.path, bytes);
  if (!file.ok()) return run_.Failed(item, file.status());
  std::vector<Waiting> enough;
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back({item, std::move(*file)});
    if (waiting_.size() >= kFiles) enough.swap(waiting_);
  }
  Publish(std::move(enough));
}

void PublishBatch::Flush() {
  std::vector<Waiting> rest;
  {
    std::lock_guard lock(mutex_);
    rest.swap(waiting_);
  }
  Publish(std::move(rest));
}

void PublishBatch::Publish(std::vector<Waiting> files) {
  if (files.empty()) return;
  Status synced = SyncFileSystem(ParentOf(files.front().item.path));
  std::set<std::string> folders;
  for (Waiting& one : files) {
    const Status named = synced.ok() ? one.file->Rename() : synced;
    if (!named.ok()) {
      run_.Failed(one.item, named);
      continue;
    }
    folders.insert(ParentOf(one.item.path));
    run_.Done(one.item);
  }
  // The names: where that fails, only a crash of the machine may take them back.
  for (const std::string& folder : folders) static_cast<void>(SyncFolder(folder));
}

}  // namespace tideway::store
