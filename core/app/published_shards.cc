#include "core/app/published_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/dataset/format/manifest.h"
#include "core/dataset/format/shard_set.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

constexpr int64_t kMostManifestBytes = int64_t{64} << 20;

using Names = std::vector<std::string>;

// None where there is no manifest.
Result<std::optional<Names>> NamesIn(store::Store& from, const std::string& folder,
                                     const CancelToken& cancel) {
  auto text = store::GetText(from, folder + dataset::kManifestName, kMostManifestBytes, cancel);
  if (text.ok()) return dataset::NamesInManifest(*text);
  if (KindOf(text.status()) != ErrorKind::kNotFound) return text.status();
  return std::nullopt;
}

// "rows/" of "rows/train-00000-....parquet"; empty for what is no shard of a write.
std::optional<std::string> FolderOfShard(const std::string& key) {
  const size_t name = key.rfind('/') + 1;
  if (!dataset::IsContentName(std::string_view(key).substr(name))) return std::nullopt;
  return key.substr(0, name);
}

}  // namespace

Result<std::vector<store::Object>> ObjectsInFolder(store::Store& from, const std::string& folder,
                                                   const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(from, folder, cancel));
  if (!names) {
    return Error(ErrorKind::kNotFound, fmt::format("store: no object {}/{}{}", from.uri(), folder,
                                                   dataset::kManifestName))
        .Hint(fmt::format("a folder is read by its manifest; name objects: {}/{}*.parquet",
                          from.uri(), folder));
  }
  ARROW_ASSIGN_OR_RAISE(const auto objects, store::ListAll(from, folder, cancel));
  std::map<std::string, store::Object> by_key;
  for (const store::Object& object : objects) by_key[object.key] = object;
  std::vector<store::Object> named;
  for (const std::string& name : *names) {
    const auto found = by_key.find(folder + name);
    if (found == by_key.end()) return store::ObjectChanged(from.uri(), folder + name);
    named.push_back(found->second);
  }
  return named;
}

Result<std::vector<store::Object>> OnlyPublished(
    store::Store& from, std::vector<store::Object> listed,
    const std::function<bool(const std::string& key)>& matches, const CancelToken& cancel) {
  std::set<std::string> keys, folders, published;
  for (const store::Object& object : listed) {
    keys.insert(object.key);
    if (const auto folder = FolderOfShard(object.key)) folders.insert(*folder);
  }
  for (const std::string& folder : folders) {
    ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(from, folder, cancel));
    for (const std::string& name : names.value_or(Names())) {
      const std::string key = folder + name;
      // The list is older than the manifest, or younger.
      if (matches(key) && !keys.contains(key)) return store::ObjectChanged(from.uri(), key);
      published.insert(key);
    }
  }
  const bool any = !listed.empty();
  std::erase_if(listed, [&](const store::Object& object) {
    return FolderOfShard(object.key) && !published.contains(object.key);
  });
  if (!listed.empty() || !any) return listed;
  return Error(ErrorKind::kNotFound,
               fmt::format("store: nothing is published yet: {}/{}{}", from.uri(), *folders.begin(),
                           dataset::kManifestName))
      .Hint("a write is on the way, or broke off: run it again");
}

}  // namespace tideway::app
