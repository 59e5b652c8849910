#include "core/hub/local/history.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/hub/local/links.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "1\n";
constexpr std::string_view kCommits = "commits/";

Result<int64_t> SizeOf(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return ErrnoError(errno, "hub: cannot read", path);
  return static_cast<int64_t>(info.st_size);
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    names.push_back(entries->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Status History::Step(const std::string& name) const {
  return at_step_ ? at_step_(name) : Status::OK();
}

bool History::Exists() const { return FileExists(layout_.Format()); }

Status History::CheckFormat() const {
  ARROW_ASSIGN_OR_RAISE(const std::string format, ReadFile(layout_.Format()));
  if (format == kFormat) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("hub: not a repository that this version reads: {}", layout_.State()))
      .Hint("use the newer version that wrote it, or another folder");
}

Status History::Create() {
  for (const std::string& folder :
       {layout_.Commits(), layout_.Objects(), layout_.Tags(), layout_.Staging()}) {
    RETURN_NOT_OK(MakeFolders(folder));
  }
  if (!Exists()) RETURN_NOT_OK(WriteFileAtomic(layout_.Format(), kFormat));
  return CheckFormat();
}

void History::RemoveIfEmpty() {
  const auto head = Head();
  if (!head.ok() || !head->empty() || ::rmdir(layout_.Staging().c_str()) != 0) return;
  for (const std::string& file : {layout_.Format(), layout_.Lock()}) ::unlink(file.c_str());
  for (const std::string& folder :
       {layout_.Commits(), layout_.Objects(), layout_.Tags(), layout_.State(), layout_.root}) {
    ::rmdir(folder.c_str());
  }
}

Result<std::string> History::Head() const {
  if (!Exists()) return std::string();
  RETURN_NOT_OK(CheckFormat());
  ARROW_ASSIGN_OR_RAISE(const auto target, ReadLink(layout_.Head()));
  if (!target) {
    if (!FileExists(layout_.Head())) return std::string();
  } else if (target->starts_with(kCommits)) {
    return target->substr(kCommits.size());
  }
  return Error(ErrorKind::kData, fmt::format("hub: not a link to a commit: {}", layout_.Head()))
      .Hint(fmt::format("was the folder copied with its links resolved? Remove {} to start a new "
                        "history from the files that are there",
                        layout_.State()));
}

Result<Manifest> History::Read(const std::string& id) const {
  const std::string path = layout_.Manifest(id);
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  auto manifest = ParseManifest(text);
  if (!manifest.ok()) return WithContext(path, manifest.status());
  return manifest;
}

Result<std::string> History::Resolve(const std::string& revision) const {
  RETURN_NOT_OK(CheckTag(revision));
  ARROW_ASSIGN_OR_RAISE(const auto target, ReadLink(layout_.Tag(revision)));
  constexpr std::string_view kFromTags = "../commits/";
  if (target && target->starts_with(kFromTags)) return target->substr(kFromTags.size());
  if (FileExists(layout_.Manifest(revision))) return revision;
  return Error(ErrorKind::kNotFound, fmt::format("hub: no such tag or commit: {}", revision));
}

bool History::HasTag(const std::string& tag) const {
  struct stat info{};
  return ::lstat(layout_.Tag(tag).c_str(), &info) == 0;
}

Result<std::vector<Tag>> History::Tags() const {
  std::vector<Tag> tags;
  for (const std::string& name : NamesIn(layout_.Tags())) {
    ARROW_ASSIGN_OR_RAISE(std::string commit, Resolve(name));
    tags.push_back({name, std::move(commit)});
  }
  return tags;
}

bool History::HasObject(const StoredFile& file) const {
  const std::string object = layout_.Object(file.sha256);
  const auto size = SizeOf(object);
  if (!size.ok() || *size != file.size) return false;
  const auto hash = Sha256File(object);
  return hash.ok() && *hash == file.sha256;
}

Result<StoredFile> History::StoreFile(const std::string& source, const std::string& sha256) {
  ARROW_ASSIGN_OR_RAISE(const int64_t size, SizeOf(source));
  const StoredFile file{size, sha256};
  if (HasObject(file)) return file;
  RETURN_NOT_OK(Step("store a file"));
  const std::string object = layout_.Object(sha256);
  if (::rename(source.c_str(), object.c_str()) != 0) {
    if (errno != EXDEV) return ErrnoError(errno, "hub: cannot store", source);
    RETURN_NOT_OK(CopyDurably(source, object));
  }
  ::chmod(object.c_str(), 0444);
  return file;
}

Result<StoredFile> History::StoreCopy(const std::string& source) {
  ARROW_ASSIGN_OR_RAISE(const int64_t size, SizeOf(source));
  ARROW_ASSIGN_OR_RAISE(std::string sha256, Sha256File(source));
  const StoredFile file{size, std::move(sha256)};
  if (HasObject(file)) return file;
  RETURN_NOT_OK(Step("store a copy"));
  const std::string object = layout_.Object(file.sha256);
  RETURN_NOT_OK(Unlink(object));
  RETURN_NOT_OK(size > kCopyBytes ? LinkOrCopy(source, object) : CopyDurably(source, object));
  return file;
}

Result<StoredFile> History::StoreBytes(const std::string& bytes) {
  const StoredFile file{static_cast<int64_t>(bytes.size()), Sha256Hex(bytes)};
  if (HasObject(file)) return file;
  RETURN_NOT_OK(Step("store a text"));
  RETURN_NOT_OK(WriteFileAtomic(layout_.Object(file.sha256), bytes, 0444));
  return file;
}

Status History::Materialise(const Manifest& manifest, const std::string& folder) {
  std::set<std::string> folders = {folder};
  for (const auto& [path, file] : manifest.files) {
    const std::string to = folder + "/" + path;
    const std::string parent = fs::path(to).parent_path().string();
    if (folders.insert(parent).second) RETURN_NOT_OK(MakeFolders(parent));
    const std::string object = layout_.Object(file.sha256);
    RETURN_NOT_OK(file.size > kCopyBytes ? LinkOrCopy(object, to) : CopyDurably(object, to));
  }
  for (const std::string& made : folders) RETURN_NOT_OK(SyncFolder(made));
  return Status::OK();
}

Result<std::string> History::Write(const Manifest& manifest) {
  RETURN_NOT_OK(SyncFolder(layout_.Objects()));
  const std::string id = manifest.Id();
  RETURN_NOT_OK(Step("write the files of the commit"));
  RETURN_NOT_OK(MakeFolders(layout_.Commit(id)));
  RETURN_NOT_OK(Materialise(manifest, layout_.Commit(id)));
  RETURN_NOT_OK(Step("write the manifest of the commit"));
  RETURN_NOT_OK(WriteFileAtomic(layout_.Manifest(id), manifest.ToText()));
  return id;
}

Status History::Repair(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const Manifest manifest, Read(id));
  for (const auto& [path, file] : manifest.files) {
    if (file.size > kCopyBytes) continue;
    const auto hash = Sha256File(FileIn(id, path));
    if (hash.ok() && *hash == file.sha256) continue;
    if (!HasObject(file)) continue;
    RETURN_NOT_OK(RemoveStaleTemporaries(layout_.Commit(id)).status());
    RETURN_NOT_OK(Step("repair a file of an older commit"));
    RETURN_NOT_OK(CopyDurably(layout_.Object(file.sha256), FileIn(id, path)));
  }
  return Status::OK();
}

Status History::SwitchHead(const std::string& id) {
  RETURN_NOT_OK(Step("switch the head"));
  return SwapLink(std::string(kCommits) + id, layout_.Head(), layout_.NewLink());
}

Status History::SyncHead() const {
  RETURN_NOT_OK(Step("sync the head"));
  return SyncFolder(layout_.State());
}

Status History::AddTag(const std::string& tag, const std::string& id) {
  RETURN_NOT_OK(Step("add the tag"));
  if (::symlink(("../commits/" + id).c_str(), layout_.Tag(tag).c_str()) != 0) {
    if (errno != EEXIST) return ErrnoError(errno, "hub: cannot add the tag", layout_.Tag(tag));
    return Error(ErrorKind::kConflict, fmt::format("hub: the tag exists: {}", tag));
  }
  return SyncFolder(layout_.Tags());
}

std::set<std::string> History::AllPaths() const {
  std::set<std::string> paths;
  for (const std::string& name : NamesIn(layout_.Commits())) {
    if (!name.ends_with(".json")) continue;
    const auto manifest = Read(name.substr(0, name.size() - 5));
    if (!manifest.ok()) continue;
    for (const auto& [path, _] : manifest->files) paths.insert(path);
  }
  return paths;
}

std::set<std::string> History::Reachable() const {
  std::vector<std::string> tips;
  if (auto head = Head(); head.ok() && !head->empty()) tips.push_back(*head);
  if (auto tags = Tags(); tags.ok()) {
    for (const Tag& tag : *tags) tips.push_back(tag.commit);
  }
  std::set<std::string> reached;
  for (std::string id : tips) {
    while (!id.empty() && reached.insert(id).second) {
      const auto manifest = Read(id);
      id = manifest.ok() ? manifest->parent : "";
    }
  }
  return reached;
}

Status History::Prune() {
  RETURN_NOT_OK(Head().status());
  RETURN_NOT_OK(Tags().status());
  const std::set<std::string> kept = Reachable();
  std::set<std::string> objects;
  for (const std::string& id : kept) {
    ARROW_ASSIGN_OR_RAISE(const Manifest manifest, Read(id));
    for (const auto& [_, file] : manifest.files) objects.insert(file.sha256);
  }
  for (const std::string& name : NamesIn(layout_.Commits())) {
    const std::string id = name.substr(0, name.find('.'));
    if (!kept.contains(id)) RETURN_NOT_OK(RemoveAll(layout_.Commits() + "/" + name));
  }
  for (const std::string& name : NamesIn(layout_.Objects())) {
    if (!objects.contains(name)) RETURN_NOT_OK(Unlink(layout_.Object(name)));
  }
  RETURN_NOT_OK(RemoveStaleTemporaries(layout_.State()).status());
  return Unlink(layout_.NewLink());
}

}  // namespace tideway::hub
