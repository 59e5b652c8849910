// Dataset repositories: the Hugging Face Hub, or a local folder that stands for it.
//
//   ARROW_ASSIGN_OR_RAISE(auto repository, OpenRepository("acme/department"));
//   ARROW_ASSIGN_OR_RAISE(auto result, Push(*repository, request, run));   // push.h
//
// A repository is a sequence of commits, each a set of files; the last one is the head, which
// readers see. A commit is one publication of several files at once: readers see the commit before
// or the one after, never a mixture. What is pushed, and how a card is merged, is decided above
// this interface (push.h), so that every kind of repository holds the same files.
//
// Threads: methods may be called from any thread, one at a time per object; several objects and
// processes may work on one repository at once. All methods block.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/hub/remote/settings.h"
#include "core/hub/remote/transfer.h"

namespace tideway::hub {

struct FileInfo {
  std::string path;           // "data/train-00000-of-00001.parquet"
  int64_t size = 0;           // bytes
  std::string sha256 = {};    // 64 hex digits; empty where the repository does not know it
  std::string git_blob = {};  // the name that git gives the bytes, where it knows that instead
};

// One file of a commit: a local file, which the repository may move away, one that was sent ahead,
// a text, or a removal.
struct CommitOperation {
  std::string path;         // in the repository: relative, `/` between, no hidden names
  std::string source = {};  // the local file, with
  std::string sha256 = {};  // its hash
  std::string bytes = {};   // the text, when `source` is empty
  int64_t sent_size = 0;    // of a file that the repository has taken from its Staging; else 0
  bool remove = false;

  static CommitOperation AddFile(std::string path, std::string source, std::string sha256) {
    return {.path = std::move(path), .source = std::move(source), .sha256 = std::move(sha256)};
  }
  static CommitOperation AddSent(std::string path, std::string sha256, int64_t size) {
    return {.path = std::move(path), .sha256 = std::move(sha256), .sent_size = size};
  }
  static CommitOperation AddText(std::string path, std::string bytes) {
    return {.path = std::move(path), .bytes = std::move(bytes)};
  }
  static CommitOperation Remove(std::string path) {
    return {.path = std::move(path), .remove = true};
  }
};

struct CommitRequest {
  std::vector<CommitOperation> operations = {};
  // The head that the operations were computed against; empty when there was none.
  std::string parent = {};
  std::string message = "Upload dataset";
  // A name for the commit that stays: never moved or given twice. Empty: none.
  std::string tag = {};
};

struct Tag {
  std::string name;
  std::string commit;
};

// A folder for files that are not published yet, removed with everything in it on destruction.
// Threads: any.
class Staging {
 public:
  virtual ~Staging() = default;
  virtual const std::string& path() const = 0;

  // Offers a complete file before the commit that will name it: as `path` or, while the number of
  // shards is not known, a name like it. True: the repository takes it from here, sends it while
  // others are written, and removes it: CommitOperation::AddSent. May wait until one that was taken
  // before is sent. Errors: of sending.
  virtual Result<bool> Take(const std::string& source, const FileInfo& file);
  // Waits until all that was taken is sent. Call before the commit.
  virtual Status Settle() { return Status::OK(); }
};

// A version for who reads its files.
struct Checkout {
  std::string commit;                             // empty: there is none
  std::map<std::string, std::string> files = {};  // by path: what a reader of that one file opens
  std::string card = {};                          // README.md; empty: there is none
  std::string extra = {};                         // .huggingface.yaml; empty: there is none
};

// Who may read a repository that a push makes. One that exists is left as it is.
enum class Visibility {
  kUnsaid,  // as kPrivate, and whatever one that exists has is right
  kPrivate,
  kPublic,
};

class RemoteRepository;

class Repository {
 public:
  virtual ~Repository() = default;

  // For what only the Hub has; null: a folder.
  virtual RemoteRepository* remote() { return nullptr; }

  // As the script wrote it, for texts and receipts.
  virtual const std::string& uri() const = 0;
  // The last part of the name: "department".
  virtual std::string name() const = 0;

  // OK when commits can be made here. Changes nothing.
  virtual Status CheckWritable() = 0;
  // Makes the repository where there is none, and completes or undoes what a writer that was killed
  // left behind. Call before a push. A folder is as visible as its file system makes it.
  virtual Status PrepareToWrite(Visibility visibility = Visibility::kUnsaid) = 0;
  // A folder for the files of the next commit, from which taking them over is cheap. Call after
  // PrepareToWrite(); keep it until the commit is made.
  virtual Result<std::unique_ptr<Staging>> MakeStaging() = 0;

  // The commit that readers see now; empty when nothing was committed yet.
  virtual Result<std::string> Head() = 0;
  // What to call that which readers see at `head`, so that several calls tell of one commit. Empty
  // where there is more to see than commits: files of a folder that were edited since.
  virtual std::string SeenRevision(const std::string& head) const = 0;
  // The files of `revision` (a commit or a tag; empty: what readers see now), by path.
  virtual Result<std::vector<FileInfo>> ListFiles(const std::string& revision = "") = 0;
  // Error of kind not_found when `revision` has no such file.
  virtual Result<std::string> ReadFile(const std::string& path,
                                       const std::string& revision = "") = 0;
  // By name. Empty when there are none.
  virtual Result<std::vector<Tag>> Tags() = 0;
  // The files of `revision`, from one commit; on the Hub, where it cannot be reached, from the
  // cache. Error of kind not_found when there is no such revision, or nothing yet.
  virtual Result<Checkout> CheckOut(const std::string& revision = "") = 0;

  // Publishes all operations at once, with the tag, and returns the new commit; without operations,
  // `parent` gets the tag and is returned. Errors of kind
  // conflict: the head is not `parent` any more (retryable: compute the operations anew), or the
  // tag exists. On any error readers see what they saw before, unless the message says otherwise.
  virtual Result<std::string> Commit(const CommitRequest& request) = 0;
};

// For repositories on the Hub.
struct OpenOptions {
  Lookup environment = {};              // empty: the process's own
  const CancelToken* cancel = nullptr;  // looked at while a method waits; outlives the repository
  std::string scratch = {};  // folder for files on their way; empty: the system's for such files
  Transfer* transfer = nullptr;  // told how far uploads are; outlives the repository
  bool anonymous = false;        // as Anonymous(environment)
};

// Opens the repository that `uri` names: `namespace/name` or `hf://datasets/namespace/name` for one
// on the Hub, by the settings in the environment; `file:out/department` or `file:///abs/path` for a
// local folder (taken as it stands, without percent-decoding). Touches neither yet. Errors: usage.
Result<std::unique_ptr<Repository>> OpenRepository(const std::string& uri,
                                                   const OpenOptions& options = {});

// OK for a relative path of clean segments (not empty, `.`, `..`, hidden, or with control
// characters).
Status CheckPath(const std::string& path);
// OK for letters, digits and `._+-`, beginning with a letter or digit, at most 100 characters,
// without `..`.
Status CheckTag(const std::string& tag);

}  // namespace tideway::hub
