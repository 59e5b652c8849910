// The names in a local repository's folder that readers see. Those of the head commit are links
// through `.tideway-repo/head`; a file that someone put there by hand is a file, and is as much a
// part of the repository. A link whose file the head does not have leads nowhere, which readers
// take for absent.
//
// Threads: one at a time; writers hold the repository's lock.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/hub.h"
#include "core/hub/local/history.h"

namespace tideway::hub {

class VisibleFiles {
 public:
  VisibleFiles(Layout layout, AtStep at_step)
      : layout_(std::move(layout)), at_step_(std::move(at_step)) {}

  // How `path` looks to a reader, against what the head commit says it is.
  enum class State {
    kAbsent,
    kPublished,  // our link, and the content is the commit's
    kEdited,     // our link, but someone changed the content behind it
    kForeign,    // not our link: put there by someone
  };
  Result<State> Look(const std::string& path, const StoredFile* in_head) const;

  // All files but hidden ones, with hashes for those of `head`.
  Result<std::vector<FileInfo>> List(const Manifest& head) const;

  // Puts our link at `path`, in one step, in place of what stands there.
  Status Place(const std::string& path);
  // Removes our link at `path` if it leads nowhere, and folders that are empty then.
  Status RemoveDangling(const std::string& path);
  // Makes the names durable.
  Status Sync(const std::vector<std::string>& paths);

 private:
  Result<bool> IsOurs(const std::string& path) const;
  Status MakeParents(const std::string& path);

  const Layout layout_;
  const AtStep at_step_;
};

}  // namespace tideway::hub
