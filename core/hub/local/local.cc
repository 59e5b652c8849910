#include "core/hub/local/local.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "core/base/file.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;
using State = VisibleFiles::State;

constexpr auto kCleanUpPatience = std::chrono::seconds(1);

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}

// What `enter` gives; called again when a folder was not there, because a push that gave up may
// have removed its empty repository just then.
template <typename Enter>
auto WhileOthersGo(const Enter& enter) {
  constexpr int kTries = 100;
  auto entered = enter();
  for (int i = 1; i < kTries && KindOf(StatusOf(entered)) == ErrorKind::kNotFound; ++i) {
    entered = enter();
  }
  return entered;
}

class LocalStaging : public Staging {
 public:
  LocalStaging(std::unique_ptr<ScratchFolder> folder, Layout layout)
      : folder_(std::move(folder)), layout_(std::move(layout)) {}
  // A push that fails leaves nothing, not even an empty repository.
  ~LocalStaging() override {
    folder_.reset();
    History history(layout_, nullptr);
    const auto head = history.Head();
    if (!head.ok() || !head->empty()) return;
    const auto lock = FolderLock::Acquire(layout_.Lock(), kCleanUpPatience);
    if (lock.ok()) history.RemoveIfEmpty();
  }
  const std::string& path() const override { return folder_->path(); }

 private:
  std::unique_ptr<ScratchFolder> folder_;
  const Layout layout_;
};

// A path that readers do not take for a pattern.
std::string WithoutMagic(const std::string& path) {
  std::string out;
  for (const char c : path) out += c == '[' ? std::string("[[]") : std::string(1, c);
  return out;
}

}  // namespace

LocalRepository::LocalRepository(LocalOptions options)
    : options_(std::move(options)),
      layout_{WithoutTrailingSlash(options_.folder)},
      history_(layout_, options_.at_step),
      visible_(layout_, options_.at_step) {}

std::string LocalRepository::name() const {
  std::error_code error;
  const fs::path path = fs::absolute(layout_.root, error).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

Status LocalRepository::CheckWritable() {
  RETURN_NOT_OK(Head().status());
  return WhileOthersGo([this] { return CheckFolders(); });
}

Status LocalRepository::CheckFolders() {
  fs::path folder = fs::path(layout_.root);
  std::error_code error;
  while (!folder.empty() && !fs::exists(folder, error)) folder = folder.parent_path();
  const std::string existing = folder.empty() ? "." : folder.string();
  if (!fs::is_directory(existing, error)) {
    return Error(ErrorKind::kIo, fmt::format("hub: not a folder: {}", existing))
        .Hint(fmt::format("choose another folder than {}", layout_.root));
  }
  RETURN_NOT_OK(WithContext("hub: " + uri(), tideway::CheckWritable(existing)));
  return history_.Exists() ? tideway::CheckWritable(layout_.State()) : Status::OK();
}

Status LocalRepository::PrepareToWrite(Visibility) {
  RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto lock, Lock());
  return Recover();
}

Result<std::unique_ptr<Staging>> LocalRepository::MakeStaging() {
  ARROW_ASSIGN_OR_RAISE(auto lock, Lock());
  ARROW_ASSIGN_OR_RAISE(auto folder, ScratchFolder::Create(layout_.Staging()));
  return std::make_unique<LocalStaging>(std::move(folder), layout_);
}

Result<std::unique_ptr<FolderLock>> LocalRepository::Lock() {
  const auto acquire = [this]() -> Result<std::unique_ptr<FolderLock>> {
    RETURN_NOT_OK(MakeFolders(layout_.State()));
    ARROW_ASSIGN_OR_RAISE(auto held, FolderLock::Acquire(layout_.Lock(), options_.lock_patience));
    RETURN_NOT_OK(history_.Create());
    return held;
  };
  auto lock = WhileOthersGo(acquire);
  if (!lock.ok()) return WithContext(uri(), lock.status());
  return lock;
}

// Completes a commit that was killed after the switch (its tag, links that lead nowhere now, files
// of its parent that were edited in place) and removes one that was killed before.
Status LocalRepository::Recover() {
  ARROW_ASSIGN_OR_RAISE(const std::string head, history_.Head());
  for (const std::string& path : history_.AllPaths()) {
    RETURN_NOT_OK(visible_.RemoveDangling(path));
  }
  ARROW_ASSIGN_OR_RAISE(const Version version, Load(head));
  const std::string& tag = version.manifest.tag;
  if (!tag.empty() && !history_.HasTag(tag)) RETURN_NOT_OK(history_.AddTag(tag, head));
  const std::string& parent = version.manifest.parent;
  if (!parent.empty()) RETURN_NOT_OK(history_.Repair(parent));
  return history_.Prune();
}

Result<std::string> LocalRepository::Head() { return history_.Head(); }

Result<LocalRepository::Version> LocalRepository::Load(const std::string& id) {
  if (id.empty()) return Version{};
  ARROW_ASSIGN_OR_RAISE(Manifest manifest, history_.Read(id));
  return Version{id, std::move(manifest)};
}

Result<std::vector<FileInfo>> LocalRepository::ListFiles(const std::string& revision) {
  if (revision.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string head, Head());
    ARROW_ASSIGN_OR_RAISE(const Version version, Load(head));
    return visible_.List(version.manifest);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string id, history_.Resolve(revision));
  ARROW_ASSIGN_OR_RAISE(const Manifest manifest, history_.Read(id));
  std::vector<FileInfo> files;
  for (const auto& [path, file] : manifest.files) files.push_back({path, file.size, file.sha256});
  return files;
}

Result<std::string> LocalRepository::ReadFile(const std::string& path,
                                              const std::string& revision) {
  RETURN_NOT_OK(CheckPath(path));
  if (revision.empty()) return tideway::ReadFile(layout_.Visible(path));
  ARROW_ASSIGN_OR_RAISE(const std::string id, history_.Resolve(revision));
  return tideway::ReadFile(history_.FileIn(id, path));
}

Result<std::vector<Tag>> LocalRepository::Tags() { return history_.Tags(); }

Result<Checkout> LocalRepository::CheckOut(const std::string& revision) {
  ARROW_ASSIGN_OR_RAISE(const std::string id,
                        revision.empty() ? Head() : history_.Resolve(revision));
  ARROW_ASSIGN_OR_RAISE(const auto files, ListFiles(revision.empty() ? "" : id));
  Checkout checkout{.commit = id};
  for (const FileInfo& file : files) {
    // What someone put into the folder is of no commit.
    const bool committed = !id.empty() && !file.sha256.empty();
    checkout.files[file.path] =
        WithoutMagic(committed ? history_.FileIn(id, file.path) : layout_.Visible(file.path));
  }
  if (checkout.files.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("hub: nothing is in {}", uri()))
        .Hint("is it the right folder?");
  }
  if (checkout.files.contains("README.md")) {
    ARROW_ASSIGN_OR_RAISE(checkout.card, ReadFile("README.md", revision.empty() ? "" : id));
  }
  return checkout;
}

Status LocalRepository::CheckRequest(const CommitRequest& request) {
  for (const CommitOperation& operation : request.operations) {
    RETURN_NOT_OK(CheckPath(operation.path));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string head, Head());
  if (head != request.parent) {
    return Error(ErrorKind::kConflict,
                 fmt::format("hub: another push came first: {}: the head is {}, not {}", uri(),
                             head, request.parent.empty() ? "none" : request.parent))
        .Retryable();
  }
  if (request.tag.empty()) return Status::OK();
  RETURN_NOT_OK(CheckTag(request.tag));
  if (!history_.HasTag(request.tag)) return Status::OK();
  return Error(ErrorKind::kConflict, fmt::format("hub: the tag exists: {}", request.tag))
      .Hint("tags are never moved; choose another name");
}

Result<std::string> LocalRepository::Commit(const CommitRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto lock, Lock());
  RETURN_NOT_OK(Recover());
  RETURN_NOT_OK(CheckRequest(request));
  if (request.operations.empty() && !request.parent.empty()) {
    if (!request.tag.empty()) RETURN_NOT_OK(history_.AddTag(request.tag, request.parent));
    return request.parent;
  }
  auto id = Publish(request);
  // What a failed commit stored is given back: on a full disk others need the room.
  if (!id.ok()) static_cast<void>(Recover());
  return id;
}

Result<std::string> LocalRepository::Publish(const CommitRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Version head, Load(request.parent));
  ARROW_ASSIGN_OR_RAISE(const Version base, AdoptVisible(head, request));
  ARROW_ASSIGN_OR_RAISE(const Manifest next, Next(base, request));
  ARROW_ASSIGN_OR_RAISE(std::string id, history_.Write(next));

  std::vector<std::string> changed;
  for (const auto& [path, _] : next.files) {
    if (base.manifest.files.contains(path)) continue;
    changed.push_back(path);
    RETURN_NOT_OK(visible_.Place(path));
  }
  RETURN_NOT_OK(visible_.Sync(changed));
  RETURN_NOT_OK(history_.SwitchHead(id));
  const Status settled = Settle(base, next, id);
  if (settled.ok()) return id;
  return Error(KindOf(settled),
               fmt::format("hub: published, but not settled: {}: {}", uri(), settled.message()))
      .Hint(
          "readers see the new files; the next push here adds a missing tag and removes what is "
          "left of the old ones")
      .Cause(settled);
}

// What is left to do once readers see the commit.
Status LocalRepository::Settle(const Version& base, const Manifest& next, const std::string& id) {
  RETURN_NOT_OK(history_.SyncHead());
  if (!next.tag.empty()) RETURN_NOT_OK(history_.AddTag(next.tag, id));
  for (const auto& [path, _] : base.manifest.files) {
    if (!next.files.contains(path)) RETURN_NOT_OK(visible_.RemoveDangling(path));
  }
  return Status::OK();
}

Manifest LocalRepository::Begin(const std::string& parent, std::string message) const {
  return {.parent = parent,
          .created_at = FormatUtc(options_.clock->Now(), "%Y-%m-%dT%H:%M:%SZ"),
          .message = std::move(message),
          .tag = {},
          .files = {}};
}

Result<Manifest> LocalRepository::Next(const Version& base, const CommitRequest& request) {
  Manifest next = Begin(base.id, request.message);
  next.tag = request.tag;
  next.files = base.manifest.files;
  for (const CommitOperation& operation : request.operations) {
    if (operation.remove) {
      next.files.erase(operation.path);
    } else if (operation.source.empty()) {
      ARROW_ASSIGN_OR_RAISE(next.files[operation.path], history_.StoreBytes(operation.bytes));
    } else {
      ARROW_ASSIGN_OR_RAISE(next.files[operation.path],
                            history_.StoreFile(operation.source, operation.sha256));
    }
  }
  return next;
}

// Takes what people did to the files of the head, and to those that the request names, into a
// commit of its own. What readers see stays the same at every step.
Result<LocalRepository::Version> LocalRepository::AdoptVisible(const Version& head,
                                                               const CommitRequest& request) {
  std::set<std::string> paths;
  for (const auto& [path, _] : head.manifest.files) paths.insert(path);
  for (const CommitOperation& operation : request.operations) paths.insert(operation.path);

  Version found{head.id, Begin(head.id, "Take over files changed by hand")};
  std::vector<std::string> foreign;
  for (const std::string& path : paths) {
    const auto known = head.manifest.files.find(path);
    const StoredFile* in_head = known == head.manifest.files.end() ? nullptr : &known->second;
    ARROW_ASSIGN_OR_RAISE(const State state, visible_.Look(path, in_head));
    if (state == State::kAbsent) continue;
    if (state == State::kPublished && in_head != nullptr) {
      found.manifest.files[path] = *in_head;
      continue;
    }
    if (state == State::kForeign) foreign.push_back(path);
    ARROW_ASSIGN_OR_RAISE(found.manifest.files[path], history_.StoreCopy(layout_.Visible(path)));
  }
  if (found.manifest.files != head.manifest.files) {
    ARROW_ASSIGN_OR_RAISE(found.id, history_.Write(found.manifest));
    RETURN_NOT_OK(history_.SwitchHead(found.id));
    RETURN_NOT_OK(history_.SyncHead());
  }
  for (const std::string& path : foreign) RETURN_NOT_OK(visible_.Place(path));
  if (found.id != head.id && !head.id.empty()) RETURN_NOT_OK(history_.Repair(head.id));
  return found;
}

}  // namespace tideway::hub
