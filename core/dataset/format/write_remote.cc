#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/secret.h"
#include "core/dataset/format/manifest.h"
#include "core/dataset/format/write_internal.h"

namespace tideway::dataset {

namespace fs = std::filesystem;

Status Write::CheckScheme() const {
  if (target_.path.find("://") == target_.path.npos || IsOutput(target_.path)) return Status::OK();
  return Misuse("no place that rows are written to: " + RedactUri(target_.path))
      .Hint("give a path, s3://bucket/folder or gs://bucket/folder; to the Hub, push");
}

Status Write::Open() {
  if (!IsOutput(target_.path)) return Status::OK();
  const auto open = [this]() -> Status {
    ARROW_ASSIGN_OR_RAISE(remote_, OpenOutput(target_.path, is_file(), run_));
    return run_.options().trace ? Status::OK() : remote_->Check();
  };
  return WithContext(format_.op(), open());
}

Status Write::PrepareRemote(PartTarget& place) {
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run_.scratch());
  staging_ = scratch->NewFile("output");
  place.folder = staging_;
  if (is_file()) {
    place.file_name = fs::path(target_.path).filename().string();
    return Status::OK();
  }
  place.names_by_content = true;
  place.take = [this](const FinishedShard& shard) -> Result<bool> {
    RETURN_NOT_OK(remote_->Send(staging_ + "/" + shard.temporary, shard.file.name));
    return true;
  };
  return Status::OK();
}

Status Write::PublishRemote(const std::vector<WrittenShard>& shards) {
  std::vector<std::string> names;
  for (const WrittenShard& shard : shards) names.push_back(shard.file.name);
  if (!is_file()) return remote_->Publish(names, ManifestText(shards));
  RETURN_NOT_OK(remote_->Send(staging_ + "/" + names[0], names[0]));
  return remote_->Publish(names, "");
}

}  // namespace tideway::dataset
