// What a local repository remembers: commits, their files, tags, and which commit is the head. The
// names that readers see are visible_files.h's affair.
//
//   ARROW_ASSIGN_OR_RAISE(StoredFile file, history.StoreFile(path, sha256));
//   manifest.files["data/train-00000-of-00001.parquet"] = file;
//   ARROW_ASSIGN_OR_RAISE(std::string id, history.Write(manifest));
//   RETURN_NOT_OK(history.SwitchHead(id));                 // the instant of publication
//
// Nothing that a head or a tag reaches is ever changed or removed. Threads: one at a time; writers
// hold the repository's lock.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/hub/hub.h"
#include "core/hub/local/layout.h"
#include "core/hub/local/manifest.h"

namespace tideway::hub {

// Called with a name before each change on disk; an error ends the call there. Tests stop and kill
// here.
using AtStep = std::function<Status(const std::string& step)>;

class History {
 public:
  History(Layout layout, AtStep at_step)
      : layout_(std::move(layout)), at_step_(std::move(at_step)) {}

  // Files up to this size are copied into commits, larger ones are hard links: a text that someone
  // edits in place changes no other commit.
  static constexpr int64_t kCopyBytes = 1 << 20;

  bool Exists() const;
  // Makes the folders; those that are there stay.
  Status Create();
  // Removes the folders of a history without any commit and without staging, and the root if empty.
  // The lock's file goes too: whoever waited for it looks whether it still has its name.
  void RemoveIfEmpty();

  // Empty when there is none. Error of kind data when the state cannot be read.
  Result<std::string> Head() const;
  Result<Manifest> Read(const std::string& id) const;
  // The commit of a tag or a commit; kind not_found.
  Result<std::string> Resolve(const std::string& revision) const;
  Result<std::vector<Tag>> Tags() const;
  bool HasTag(const std::string& tag) const;
  std::string FileIn(const std::string& id, const std::string& path) const {
    return layout_.Commit(id) + "/" + path;
  }
  // Every path that any commit, also an unfinished one, has had.
  std::set<std::string> AllPaths() const;

  // Takes the content over by moving it, if it lies in the same file system.
  Result<StoredFile> StoreFile(const std::string& source, const std::string& sha256);
  // Takes the content over and leaves `source` in place.
  Result<StoredFile> StoreCopy(const std::string& source);
  Result<StoredFile> StoreBytes(const std::string& bytes);
  // Makes the commit, durably; returns its id. Readers do not see it yet.
  Result<std::string> Write(const Manifest& manifest);
  // Gives the files of commit `id` that someone edited in place their content back.
  Status Repair(const std::string& id);
  // The instant of publication; durable after SyncHead().
  Status SwitchHead(const std::string& id);
  Status SyncHead() const;
  Status AddTag(const std::string& tag, const std::string& id);
  // Removes what no head and no tag reaches.
  Status Prune();

 private:
  Status Step(const std::string& name) const;
  Status CheckFormat() const;
  std::set<std::string> Reachable() const;
  Status Materialise(const Manifest& manifest, const std::string& folder);
  bool HasObject(const StoredFile& file) const;

  const Layout layout_;
  const AtStep at_step_;
};

}  // namespace tideway::hub
