#include "core/dataset/format/shard_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <utility>

#include "core/dataset/format/shard_log.h"

namespace tideway::dataset {

int64_t ShardCuts::RowsOf(size_t shard) const {
  if (shards == 0) return max_rows == 0 ? kNoLimit : max_rows;
  const auto index = static_cast<int64_t>(shard);
  const int64_t size = rows / shards + (index < rows % shards ? 1 : 0);
  return index >= shards || size == 0 ? kNoLimit : size;
}

Status ShardCuts::CheckRows(int64_t rows_written, std::string_view place) const {
  if (shards == 0 || rows_written == rows) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("{} rows came where {} were announced: {}", rows_written, rows, place))
      .Hint("the source changed while it was read; run again");
}

std::string ShardName(std::string_view stem, size_t index, size_t count, std::string_view ending) {
  return fmt::format("{}-{:05}-of-{:05}{}", stem, index, count, ending);
}

namespace {

constexpr size_t kNameDigits = 16;

}  // namespace

std::string ContentName(std::string_view stem, size_t index, std::string_view sha256,
                        std::string_view ending) {
  return fmt::format("{}-{:05}-{}{}", stem, index, sha256.substr(0, kNameDigits), ending);
}

bool IsContentName(std::string_view name) {
  static const std::regex kName(R"([\w.]+-\d{5,}-[0-9a-f]{16}\.[a-z.]+)");
  return std::regex_match(name.begin(), name.end(), kName);
}

ShardSet::ShardSet(PartTarget target, std::string ending)
    : target_(std::move(target)), ending_(std::move(ending)) {}

Status ShardSet::Open() {
  for (const FinishedShard& shard : target_.finished) {
    files_.push_back(
        AtomicFile::Adopt(target_.folder + "/" + shard.temporary, NextPath(), shard.file.size));
    infos_.push_back(shard.file);
    rows_ += shard.file.rows;
  }
  return MakeFolders(target_.folder);
}

std::string ShardSet::NameOf(size_t shard, size_t count) const {
  if (!target_.file_name.empty()) return target_.file_name;
  return ShardName(target_.stem, shard, count, ending_);
}

std::string ShardSet::NextPath() const {
  return target_.folder + "/" + NameOf(files_.size(), files_.size() + 1);
}

Status ShardSet::Add(std::unique_ptr<AtomicFile> file, WrittenFile info) {
  rows_ += info.rows;
  files_.push_back(std::move(file));
  infos_.push_back(std::move(info));
  if (target_.names_by_content) {
    infos_.back().name =
        ContentName(target_.stem, infos_.size() - 1, infos_.back().sha256, ending_);
  }
  if (target_.log == nullptr && !target_.take) return Status::OK();
  const std::filesystem::path temporary = files_.back()->temporary_path();
  const FinishedShard shard{target_.stem, temporary.filename().string(), infos_.back()};
  if (target_.log != nullptr) RETURN_NOT_OK(target_.log->Add(shard));
  if (!target_.take) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(infos_.back().taken, target_.take(shard));
  if (infos_.back().taken) files_.back()->Leave();
  return Status::OK();
}

void ShardSet::Name() {
  if (target_.names_by_content) return;
  for (size_t i = 0; i < infos_.size(); ++i) infos_[i].name = NameOf(i, infos_.size());
}

Status ShardSet::Publish() {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (infos_[i].taken) continue;
    RETURN_NOT_OK(files_[i]->Rename(target_.folder + "/" + infos_[i].name));
  }
  return SyncFolder(target_.folder);
}

void ShardSet::Leave() {
  for (const auto& file : files_) file->Leave();
}

}  // namespace tideway::dataset
