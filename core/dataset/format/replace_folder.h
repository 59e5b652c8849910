// Replaces a whole output folder at once: a reader sees the old files or the new ones.
//
//   ARROW_ASSIGN_OR_RAISE(auto replacement, FolderReplacement::Prepare("out/messages"));
//   ... write files into replacement->staging() ...
//   RETURN_NOT_OK(replacement->Commit());
//
// The new files are gathered in a hidden folder on the same file system and trade places with the
// old folder in one step (renameat2 with RENAME_EXCHANGE). Where the system cannot do that (a mount
// point, NFS), the old manifest is removed, the files are renamed one by one, and the new manifest
// comes last: a reader who finds none knows that the folder is being written.
//
// The folder belongs to its output: Prepare and Commit refuse one with files in it that its
// manifest does not name, as Commit would remove them. Destroyed uncommitted, it leaves the old
// folder as it was. Left-overs of a killed process are removed by the next Prepare for the folder.
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/file.h"

namespace tideway::dataset {

class FolderReplacement {
 public:
  // Errors: conflict (foreign files in `folder`), io (not writable). Without `may_exchange` the
  // files are moved one by one in any case.
  static Result<std::unique_ptr<FolderReplacement>> Prepare(const std::string& folder,
                                                            bool may_exchange = true);
  // What killed processes left of a replacement of `folder`: each may be given to TakeOver(),
  // before the next Prepare(), which removes them.
  static std::vector<std::string> Leftovers(const std::string& folder);
  // As Prepare(), but begins with what `leftover` holds. An error of kind conflict when another
  // process was faster.
  static Result<std::unique_ptr<FolderReplacement>> TakeOver(const std::string& folder,
                                                             const std::string& leftover);
  // As Prepare, but makes nothing: what `tideway check` asks.
  static Status Check(const std::string& folder);
  ~FolderReplacement();

  // A folder for the new files, flat. Empty, unless it was taken over.
  const std::string& staging() const { return staging_; }
  // A file beside it that is not published, for who may take over.
  std::string LogPath() const { return LogPathIn(scratch_->path()); }
  static std::string LogPathIn(const std::string& leftover) { return leftover + "/shards.jsonl"; }
  static std::string StagingIn(const std::string& leftover) { return leftover + "/new"; }
  // Instead of Commit(): all stays, for another process to take over once this one has ended.
  void Leave() { scratch_->Leave(); }
  // Publishes what staging() holds; its files must be durable. Call once. Errors: conflict (foreign
  // files came meanwhile), io; one of syncing the folder says that the files are published.
  Status Commit();

 private:
  FolderReplacement() = default;
  static Result<std::unique_ptr<FolderReplacement>> Make(const std::string& folder,
                                                         bool may_exchange);
  // False, with nothing changed, where the file system cannot do it.
  Result<bool> Exchange();
  Status MoveFiles();

  std::string target_;
  std::string staging_parent_;  // removed when empty
  std::unique_ptr<ScratchFolder> scratch_;
  std::string staging_;
  bool can_exchange_ = true;
};

}  // namespace tideway::dataset
