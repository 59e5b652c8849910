#include "core/app/write_to_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/dataset/format/manifest.h"
#include "core/dataset/format/shard_set.h"
#include "core/store/source.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

using dataset::kManifestName;

constexpr size_t kAtOnce = 2;  // shards; each goes in several parts at once
constexpr int64_t kMostManifestBytes = int64_t{64} << 20;

class StoreOutput : public dataset::RemoteOutput {
 public:
  StoreOutput(store::Place place, bool is_file, const CancelToken& cancel)
      : store_(std::move(place.store)),
        key_(std::move(place.key)),
        is_file_(is_file),
        stop_(&cancel) {}
  ~StoreOutput() override {
    stop_.Cancel();
    for (auto& sending : on_the_way_) sending.wait();
  }

  Status Check() override {
    if (is_file_) return store_->List({.prefix = key_, .most = 1}, stop_).status();
    ARROW_ASSIGN_OR_RAISE(found_, Look());
    if (const auto manifest = found_.find(kManifestName); manifest != found_.end()) {
      etag_ = manifest->second.etag;
      ARROW_ASSIGN_OR_RAISE(
          manifest_, store::GetText(*store_, KeyOf(kManifestName), kMostManifestBytes, stop_));
    }
    for (const std::string& name : Names(manifest_)) own_.insert(name);
    for (const auto& [name, object] : found_) {
      if (IsOwn(name)) continue;
      return Error(ErrorKind::kConflict,
                   fmt::format("the prefix holds what no earlier write put there: {}", UriOf(name)))
          .Hint("name a prefix of its own for the output, or delete that object");
    }
    return Status::OK();
  }

  Result<bool> Holds(const std::string& manifest) override {
    const auto names = Names(manifest);
    return manifest == manifest_ && std::ranges::all_of(names, [this](const std::string& name) {
             return found_.contains(name);
           });
  }

  Status Send(const std::string& path, const std::string& name) override {
    ARROW_ASSIGN_OR_RAISE(const net::Body source, store::FileSource(path));
    std::lock_guard lock(mutex_);
    sizes_[name] = source.size;
    while (on_the_way_.size() >= kAtOnce) RETURN_NOT_OK(WaitForOne());
    on_the_way_.push_back(std::async(std::launch::async, [this, source, path, name]() -> Status {
      if (!IsThere(name, source.size)) {
        RETURN_NOT_OK(store_->Put(KeyOf(name), source, {}, stop_).status());
      }
      return RemoveAll(path);
    }));
    return Status::OK();
  }

  Status Publish(const std::vector<std::string>& names, const std::string& manifest) override {
    std::lock_guard lock(mutex_);
    while (!on_the_way_.empty()) RETURN_NOT_OK(WaitForOne());
    if (is_file_) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto there, Look());
    for (const std::string& name : names) {
      const auto object = there.find(name);
      if (object == there.end() || object->second.size != sizes_.at(name)) return Disturbed();
    }
    const store::PutOptions options{
        .content_type = "application/json", .if_absent = etag_.empty(), .replaces = etag_};
    const auto put =
        store_->Put(KeyOf(kManifestName), net::Body::Of(manifest), options, stop_).status();
    if (!put.ok()) return KindOf(put) == ErrorKind::kConflict ? Disturbed() : put;
    DeleteOthers(there, names);
    return Status::OK();
  }

 private:
  // What lies in the folder, by name; what lies deeper as the name of its folder, "old/".
  Result<std::map<std::string, store::Object>> Look() {
    std::map<std::string, store::Object> found;
    store::ListRequest request{.prefix = key_ + "/", .delimiter = "/"};
    do {
      ARROW_ASSIGN_OR_RAISE(store::Page page, store_->List(request, stop_));
      for (const std::string& prefix : page.prefixes) page.objects.push_back({.key = prefix});
      for (store::Object& object : page.objects) {
        const std::string name = object.key.substr(request.prefix.size());
        if (!name.empty()) found.emplace(name, std::move(object));
      }
      request.next = page.next;
    } while (!request.next.empty());
    return found;
  }

  static std::vector<std::string> Names(const std::string& manifest) {
    return dataset::NamesInManifest(manifest).value_or(std::vector<std::string>());
  }
  // What a write may delete: also what one that was killed has sent.
  bool IsOwn(const std::string& name) const {
    return name == kManifestName || own_.contains(name) || dataset::IsContentName(name);
  }
  bool IsThere(const std::string& name, int64_t size) const {
    const auto object = found_.find(name);
    return dataset::IsContentName(name) && object != found_.end() && object->second.size == size;
  }

  Status WaitForOne() {
    const Status sent = on_the_way_.front().get();
    on_the_way_.pop_front();
    return sent;
  }

  // The dataset is published, whatever becomes of what was there before.
  void DeleteOthers(const std::map<std::string, store::Object>& there,
                    const std::vector<std::string>& names) {
    std::set<std::string> kept(names.begin(), names.end());
    kept.insert(kManifestName);
    std::vector<std::string> others;
    for (const auto& [name, object] : there) {
      if (IsOwn(name) && !kept.contains(name)) others.push_back(object.key);
    }
    const Status deleted = others.empty() ? Status::OK() : store_->Delete(others, stop_);
    if (deleted.ok()) return;
    LogWarn("{}: {} objects of an earlier write are left, for the next to delete: {}", UriOf(""),
            others.size(), deleted.message());
  }

  Error Disturbed() const {
    return Error(ErrorKind::kConflict,
                 fmt::format("another run has published here meanwhile: {}", UriOf("")))
        .Retryable()
        .Hint("run it again, one after the other");
  }

  std::string KeyOf(const std::string& name) const { return is_file_ ? key_ : key_ + "/" + name; }
  std::string UriOf(const std::string& name) const { return store_->uri() + "/" + KeyOf(name); }

  const std::shared_ptr<store::Store> store_;
  const std::string key_;
  const bool is_file_;
  CancelToken stop_;
  std::map<std::string, store::Object> found_;  // by Check()
  std::string manifest_, etag_;                 // what was published; empty: nothing
  std::set<std::string> own_;                   // what that names
  std::mutex mutex_;
  std::map<std::string, int64_t> sizes_;
  std::deque<std::future<Status>> on_the_way_;
};

}  // namespace

std::unique_ptr<dataset::RemoteOutput> MakeStoreOutput(store::Place place, bool is_file,
                                                       const CancelToken& cancel) {
  return std::make_unique<StoreOutput>(std::move(place), is_file, cancel);
}

Result<std::unique_ptr<dataset::RemoteOutput>> OpenStoreOutput(const std::string& uri, bool is_file,
                                                               const store::Lookup& environment,
                                                               dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(store::Place place, store::Open(uri, {.environment = environment}));
  while (place.key.ends_with('/')) place.key.pop_back();
  if (!place.key.empty()) return MakeStoreOutput(std::move(place), is_file, run.cancel());
  return Error(ErrorKind::kUsage, fmt::format("store: a whole bucket is no output: {}", uri))
      .Hint(fmt::format("name a prefix of its own: {}/rows", place.store->uri()));
}

}  // namespace tideway::app
