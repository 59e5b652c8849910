#include "core/app/find_in_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "core/app/published_shards.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/work_all.h"
#include "core/dataset/run_context.h"
#include "core/hub/remote/path_patterns.h"
#include "core/store/open.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

constexpr size_t kAtOnce = 8;

// What of a key no pattern is part of.
std::string PrefixOf(const std::string& key) { return key.substr(0, key.find_first_of("*?")); }

Result<std::vector<store::Object>> Named(const store::Place& place, const CancelToken& cancel) {
  const std::string prefix = PrefixOf(place.key);
  if (prefix.size() == place.key.size()) {
    if (place.key.ends_with('/')) return ObjectsInFolder(*place.store, place.key, cancel);
    const auto object = place.store->Head(place.key, cancel);
    if (object.ok()) return std::vector{*object};
    if (KindOf(object.status()) != ErrorKind::kNotFound) return object.status();
    auto in_folder = ObjectsInFolder(*place.store, place.key + "/", cancel);
    const bool is_folder = in_folder.ok() || KindOf(in_folder.status()) != ErrorKind::kNotFound;
    return is_folder ? std::move(in_folder) : object.status();
  }
  ARROW_ASSIGN_OR_RAISE(auto named, store::ListAll(*place.store, prefix, cancel));
  const hub::PathPatterns pattern({hub::PatternOfPath(place.key)});
  const auto matches = [&pattern](const std::string& key) {
    return !key.ends_with('/') && pattern.Match(key);
  };
  std::erase_if(named, [&](const store::Object& object) { return !matches(object.key); });
  ARROW_ASSIGN_OR_RAISE(named, OnlyPublished(*place.store, std::move(named), matches, cancel));
  if (!named.empty()) return named;
  return Error(ErrorKind::kNotFound,
               fmt::format("store: no object {}/{}", place.store->uri(), place.key))
      .Hint("list what there is: tw.store.open(\"" + place.store->uri() + "\"):list()");
}

class StoreFinder {
 public:
  StoreFinder(const store::Place& place, dataset::Reads reads, dataset::RunContext& run,
              std::string scratch)
      : store_(place.store), reads_(reads), run_(run), scratch_(std::move(scratch)) {}

  Result<std::vector<dataset::FoundFile>> Bring(const std::vector<store::Object>& objects) {
    std::vector<dataset::FoundFile> found(objects.size());
    CancelToken stop(&run_.cancel());
    RETURN_NOT_OK(WorkAll(objects.size(), kAtOnce, stop, [&](size_t index) -> Status {
      ARROW_ASSIGN_OR_RAISE(found[index], FileOf(objects[index], stop));
      return Status::OK();
    }));
    return found;
  }

 private:
  Result<dataset::FoundFile> FileOf(const store::Object& object, const CancelToken& cancel) const {
    const std::string name = store_->uri() + "/" + object.key + "#" + object.etag;
    const std::string path = scratch_ + "/" + Hash128Hex(name);
    dataset::FoundFile found{path, name};
    if (FileExists(path)) return found;
    if (reads_ == dataset::Reads::kParts && object.size >= dataset::kWorthParts) {
      found.distant = Distant(object, path);
      return found;
    }
    RETURN_NOT_OK(Fetch(*store_, object, path, cancel));
    return found;
  }

  // The content that was listed, or an error.
  static Status Fetch(store::Store& from, const store::Object& object, const std::string& path,
                      const CancelToken& cancel) {
    ARROW_ASSIGN_OR_RAISE(const store::Object got,
                          store::GetFile(from, object.key, path, {}, cancel));
    return got.etag == object.etag ? Status::OK() : store::ObjectChanged(from.uri(), object.key);
  }

  std::shared_ptr<dataset::DistantFile> Distant(const store::Object& object,
                                                const std::string& path) const {
    dataset::DistantContent content{.size = object.size};
    // No hash of its bytes is known: that of the version's name tells it from others.
    content.sha256 = Sha256Hex(store_->uri() + "/" + object.key + "#" + object.etag);
    content.cancel = &run_.cancel();
    content.fetch_range = [from = store_, object](ByteRange range, int fd,
                                                  const CancelToken& stop) -> Result<bool> {
      RETURN_NOT_OK(from->ReadRange(object, range, net::WriteToFile(fd, object.key), stop));
      return true;
    };
    content.fetch_all = [from = store_, object, path, &run = run_]() {
      return Fetch(*from, object, path, run.cancel());
    };
    return std::make_shared<dataset::DistantFile>(path, path + ".parts", std::move(content));
  }

  const std::shared_ptr<store::Store> store_;
  const dataset::Reads reads_;
  dataset::RunContext& run_;
  const std::string scratch_;
};

}  // namespace

Result<std::vector<std::vector<dataset::FoundFile>>> FindInStore(
    const std::vector<std::string>& urls, dataset::Reads reads, const store::Lookup& environment,
    dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const ScratchFolder* scratch, run.scratch());
  std::vector<std::vector<dataset::FoundFile>> found;
  for (const std::string& url : urls) {
    ARROW_ASSIGN_OR_RAISE(const store::Place place, store::Open(url, {.environment = environment}));
    if (place.key.empty()) {
      return Error(ErrorKind::kUsage, fmt::format("store: which objects of {}?", url))
          .Hint(fmt::format("name them: {}/data/*.parquet", place.store->uri()));
    }
    ARROW_ASSIGN_OR_RAISE(const auto objects, Named(place, run.cancel()));
    ARROW_ASSIGN_OR_RAISE(found.emplace_back(),
                          StoreFinder(place, reads, run, scratch->path()).Bring(objects));
  }
  return found;
}

}  // namespace tideway::app
