#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

#include "core/app/hub/hub_progress.h"
#include "core/app/store/action.h"
#include "core/base/memory.h"

namespace tideway::app {

using Json = nlohmann::ordered_json;

Result<store::Place> StoreCall::Open(const std::string& address) const {
  return store::Open(address, options);
}

Result<store::Place> StoreCall::OpenObject(const std::string& address) const {
  ARROW_ASSIGN_OR_RAISE(store::Place place, Open(address));
  if (!place.key.empty()) return place;
  const std::filesystem::path path(address);
  if (address.starts_with("file:") && path.has_parent_path() && path.has_filename()) {
    ARROW_ASSIGN_OR_RAISE(place, Open(path.parent_path()));
    place.key = path.filename();
    return place;
  }
  return Error(ErrorKind::kUsage, fmt::format("store: which object of {}?", address))
      .Hint("name its key; for all below a prefix give -r, where there is one");
}

void DeclareAddress(CLI::App& command, std::string& address, const char* meaning) {
  command.add_option("address", address, meaning)->type_name("ADDRESS")->required();
}

Json ObjectJson(const store::Object& object) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
  };
  return {{"key", object.key},
          {"bytes", object.size},
          {"modified", text(object.modified)},
          {"etag", text(object.etag)},
          {"md5", text(object.md5)},
          {"crc32c", text(object.crc32c)},
          {"content_type", text(object.content_type)},
          {"storage_class", text(object.storage_class)},
          {"url", text(object.url)}};
}

Result<std::vector<store::CopiedFile>> CopyFolder(StoreCall& call, const char* step,
                                                  store::FolderCopyOptions options,
                                                  const FolderCopy& copy) {
  std::mutex mutex;
  std::vector<store::CopiedFile> files;
  options.each = [&](const store::CopiedFile& file) {
    call.transfer.AddFile();
    if (file.copied) call.transfer.AddBytes(file.size);
    const std::lock_guard lock(mutex);
    files.push_back(file);
  };
  call.transfer.Begin(step, 0, 0);
  const HubProgress progress(call.globals, call.transfer);
  ARROW_ASSIGN_OR_RAISE(const store::Copied copied, copy(options));
  RETURN_NOT_OK(copied.status());
  std::ranges::sort(files, {}, &store::CopiedFile::key);
  return files;
}

ActionAnswer AnswerOf(const std::vector<store::CopiedFile>& files, const std::string& uri,
                      const char* verb, bool dry_run) {
  ActionAnswer answer;
  Json list = Json::array();
  int64_t moved = 0, bytes = 0;
  for (const store::CopiedFile& file : files) {
    list.push_back(
        {{"key", file.key}, {"path", file.path}, {"bytes", file.size}, {verb, file.copied}});
    if (!file.copied) continue;
    ++moved;
    bytes += file.size;
    if (dry_run) {
      answer.text +=
          fmt::format("{:>12}  {}/{}  {}\n", FormatBytes(file.size), uri, file.key, file.path);
    }
  }
  answer.json = {{"files", std::move(list)},
                 {fmt::format("{}_files", verb), moved},
                 {fmt::format("{}_bytes", verb), bytes},
                 {"dry_run", dry_run}};
  answer.text +=
      fmt::format("{}{} {} files, {}; {} unchanged\n", dry_run ? "would have " : "", verb,
                  WithCommas(moved), FormatBytes(bytes), files.size() - static_cast<size_t>(moved));
  return answer;
}

}  // namespace tideway::app
