#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/dataset/format/manifest.h"
#include "core/dataset/format/write_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;

// Raised when a format's bytes change for equal rows.
constexpr std::string_view kWriteVersion = "tideway write 1";

// Removes what a killed run left beside the shards it had completed.
Status RemoveOthers(const std::string& folder, const std::vector<FinishedShard>& finished) {
  std::set<std::string> names;
  for (const FinishedShard& shard : finished) names.insert(shard.temporary);
  std::error_code error;
  std::vector<std::string> others;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!names.contains(entry.path().filename().string())) others.push_back(entry.path().string());
  }
  if (error) return ErrnoError(error.value(), "cannot list", folder);
  for (const std::string& path : others) RETURN_NOT_OK(RemoveAll(path));
  return Status::OK();
}

}  // namespace

Result<std::string> Write::Key() const {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", kWriteVersion, run_.options().version,
                                 format_.op(), format_.Identity());
  if (!is_file()) {
    text += fmt::format("{} {} {}\n", target_.max_shard_bytes.value_or(0),
                        target_.max_shard_rows.value_or(0), target_.shards.value_or(0));
  }
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, Fingerprint(*part.plan, run_));
    text += fmt::format("{}\n{}\n", part.name, fingerprint);
  }
  return Hash128Hex(text);
}

Result<std::vector<KnownIdentities>> Write::Identities() const {
  std::vector<KnownIdentities> identities;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(identities.emplace_back(), IdentitiesKnown(*part.plan, run_));
  }
  return identities;
}

Result<bool> Write::SaysTheSame(size_t part) const {
  ARROW_ASSIGN_OR_RAISE(const KnownIdentities now, IdentitiesKnown(*parts_[part].plan, run_));
  return std::ranges::all_of(identities_[part], [&](const auto& before) {
    const auto found = now.find(before.first);
    return found != now.end() && found->second == before.second;
  });
}

Result<std::vector<InputRecord>> Write::Inputs() const {
  std::set<std::string> uris;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(auto own, PlanInputUris(*part.plan));
    uris.merge(own);
  }
  return run_.inputs_among(uris);
}

Result<std::optional<PublishedOutput>> Write::FindPublished() const {
  if (run_.options().fresh || !published_.Knows(target_.path)) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const std::string key, Key());
  if (remote_ != nullptr) {
    auto found = published_.Find(target_.path, key);
    if (!found) return found;
    ARROW_ASSIGN_OR_RAISE(const bool holds, remote_->Holds(ManifestText(found->shards)));
    return holds ? std::move(found) : std::nullopt;
  }
  auto found = published_.Find(target_.path, key, Folder(), run_.file_hashes());
  if (!found || is_file()) return found;
  RETURN_NOT_OK(WithContext(format_.op(), FolderReplacement::Check(target_.path)));
  const auto manifest = ReadFile(target_.path + "/" + kManifestName);
  if (!manifest.ok() || *manifest != ManifestText(found->shards)) return std::nullopt;
  return found;
}

Result<std::vector<WrittenShard>> Write::Keep(const PublishedOutput& published) const {
  LogDebug("{}: kept, as it would come out the same: {}", format_.op(), target_.path);
  for (const InputRecord& input : published.inputs) run_.RecordInput(input);
  Record(published.shards, true);
  return published.shards;
}

Status Write::Remember(const std::vector<WrittenShard>& shards) const {
  // What a single object elsewhere holds is not told without reading it.
  if (!remembers_ || (remote_ != nullptr && is_file())) return Status::OK();
  for (size_t i = 0; i < parts_.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool knows, KnowsFingerprint(*parts_[i].plan, run_));
    if (!knows) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const bool same, SaysTheSame(i));
    if (!same) return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(std::string key, Key());
  ARROW_ASSIGN_OR_RAISE(auto inputs, Inputs());
  published_.Keep(target_.path, {std::move(key), shards, std::move(inputs)},
                  remote_ == nullptr ? Folder() : "");
  return Status::OK();
}

Result<bool> Write::TakeOver(std::vector<FinishedShard>& finished) {
  std::string key;
  for (const std::string& leftover : FolderReplacement::Leftovers(target_.path)) {
    const std::string log = FolderReplacement::LogPathIn(leftover);
    if (!FileExists(log)) continue;
    if (key.empty()) {
      ARROW_ASSIGN_OR_RAISE(key, Key());
    }
    finished = ReadShardLog(log, key, FolderReplacement::StagingIn(leftover));
    if (finished.empty()) continue;
    const Status taken = TakeOverFolder(leftover, key, finished);
    if (taken.ok()) return true;
    LogDebug("{}: {}", format_.op(), taken.message());
    replacement_.reset();
    finished.clear();
  }
  return false;
}

Status Write::TakeOverFolder(const std::string& leftover, const std::string& key,
                             const std::vector<FinishedShard>& finished) {
  ARROW_ASSIGN_OR_RAISE(replacement_, FolderReplacement::TakeOver(target_.path, leftover));
  RETURN_NOT_OK(RemoveOthers(replacement_->staging(), finished));
  ARROW_ASSIGN_OR_RAISE(log_, ShardLog::GoOn(replacement_->LogPath(), key, finished));
  LogInfo("{}: going on after {} shards that an interrupted run completed: {}", format_.op(),
          finished.size(), target_.path);
  return Status::OK();
}

void Write::Leave(const Status& failure) {
  const bool passing = KindOf(failure) == ErrorKind::kInterrupted || IsRetryable(failure);
  if (!passing || log_ == nullptr || !log_->begun()) return;
  for (const auto& sink : sinks_) sink->Leave();
  replacement_->Leave();
}

}  // namespace tideway::dataset
