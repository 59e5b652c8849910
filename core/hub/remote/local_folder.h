// A folder of one's own with files of a repository in it, as they are, in the layout of Python's
// `snapshot_download(local_dir=)`:
//
//   <folder>/data/train.parquet
//   <folder>/.cache/huggingface/
//     download/data/train.parquet.metadata   commit, ETag and time, a line each
//     trees/<commit>.json                    all files of a commit
//
// A file is not fetched again while its note names its content and it was not written to since; a
// file without such a note is taken as it is when it has the content that is wanted. One that
// somebody changed is replaced, as Python does; files that the repository does not have stay.
//
// Files appear whole, by rename. One fetcher of this program at a time: others wait. Threads: any.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/remote/cache.h"
#include "core/hub/remote/fetch.h"

namespace tideway::hub {

class LocalFolder {
 public:
  explicit LocalFolder(std::string folder);

  // What is there already, where that is all that the request is about: of `commit`, or of any
  // commit where that is not known.
  std::optional<FetchedSnapshot> Held(const std::optional<std::string>& commit,
                                      const SnapshotRequest& request) const;
  Result<FetchedSnapshot> Fetch(Api& api, const Cache& cache, const std::string& commit,
                                const SnapshotRequest& request, const CancelToken& cancel) const;

  // For several fetchers at once, who see to it themselves that each has other files.

  // All files of the commit, which it notes.
  Result<std::vector<RemoteFile>> Tree(Api& api, const Cache& cache, const RepoId& repo,
                                       const std::string& commit, const CancelToken& cancel) const;
  // Of `files`, those that are not there. A note from before `since` (seconds since 1970) does not
  // count: the file is read again.
  Result<std::vector<const RemoteFile*>> Missing(const std::string& commit,
                                                 const std::vector<const RemoteFile*>& files,
                                                 double since, const CancelToken& cancel) const;
  // Where one of them keeps what it fetches, which no other may use meanwhile.
  std::string ShelfOf(const std::string& fetcher) const { return shelf_.folder + "/" + fetcher; }
  // Fetches `files`, by that shelf. `may_place`: asked before any of them gets its name; its error
  // ends the fetching. Returns how many contents came.
  Result<int64_t> FetchFiles(Api& api, const RepoId& repo, const std::string& commit,
                             const std::vector<const RemoteFile*>& files,
                             const std::string& fetcher, const std::function<Status()>& may_place,
                             const CancelToken& cancel) const;
  // Of the names below the folder, those that are no file of the commit.
  Result<std::vector<std::string>> Others(const std::vector<RemoteFile>& files) const;

 private:
  // What a note says.
  struct Origin {
    std::string commit;
    std::string etag;
    double time = 0;
  };
  // Nothing where there is no note, or the file was written to since.
  std::optional<Origin> OriginOf(const RemoteFile& file) const;
  Status WriteOrigin(const std::string& commit, const RemoteFile& file) const;
  std::optional<FetchedSnapshot> HeldOf(const std::string& commit,
                                        const SnapshotRequest& request) const;
  Status Prepare() const;
  // All files of the commit, as the folder, the cache or the Hub knows them; `note`: for next time.
  Result<std::vector<RemoteFile>> ReadTree(Api& api, const Cache& cache, const RepoId& repo,
                                           const std::string& commit, bool note,
                                           const CancelToken& cancel) const;
  // Whether the file is what the commit has, so that it needs no fetching. Notes that. A note from
  // before `since` does not count.
  Result<bool> IsCurrent(const std::string& commit, const RemoteFile& file, bool dry_run,
                         const CancelToken& cancel, double since = 0) const;
  // Puts a copy of what the cache has on the shelf; false: it has none.
  Result<bool> CopyFrom(const Cache& cache, const std::string& commit,
                        const RemoteFile& file) const;
  // Makes the content of the shelf the file; as a copy where `keep`.
  Status Place(const BlobShelf& shelf, const std::string& commit, const RemoteFile& file,
               bool keep) const;
  std::string PathOf(const RemoteFile& file) const { return folder_ + "/" + file.path; }
  std::string NoteOf(const RemoteFile& file) const {
    return own_ + "/download/" + file.path + ".metadata";
  }

  const std::string folder_;
  const std::string own_;  // the downloads' own part of it
  const BlobShelf shelf_;
};

}  // namespace tideway::hub
