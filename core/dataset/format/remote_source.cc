#include "core/dataset/format/remote_source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/base/work_all.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr size_t kAtOnce = 16;  // addresses that are fetched side by side

// What is fetched, by all runs of the process.
class Copies {
 public:
  static Copies& Instance() {
    static Copies copies;
    return copies;
  }
  void SetFetch(Fetch fetch) {
    std::lock_guard lock(mutex_);
    fetch_ = std::move(fetch);
  }
  void SetFind(const std::string& scheme, Find find) {
    std::lock_guard lock(mutex_);
    if (find) {
      finds_[scheme] = std::move(find);
    } else {
      finds_.erase(scheme);
    }
  }
  bool HasScheme(std::string_view url) {
    std::lock_guard lock(mutex_);
    return FindFor(url) != nullptr;
  }
  // The files of this machine that `url` stands for in this run.
  Result<std::vector<std::string>> Get(std::string_view op, const std::string& url, Reads reads,
                                       RunContext& run);
  std::shared_ptr<DistantFile> DistantAt(const std::string& path) {
    std::lock_guard lock(mutex_);
    const auto found = copies_.find(path);
    return found == copies_.end() ? nullptr : found->second->distant.lock();
  }
  std::string NameOf(const std::string& path) {
    std::lock_guard lock(mutex_);
    const auto found = copies_.find(path);
    return found == copies_.end() ? path : found->second->name;
  }

 private:
  struct Copy {
    std::string name;  // the address
    std::weak_ptr<DistantFile> distant;
    std::mutex mutex;  // held while it is fetched
  };
  struct Found {
    std::mutex mutex;  // held while they are found
    std::vector<std::string> paths;
    std::vector<std::shared_ptr<DistantFile>> distant;  // kept as long as the process
  };
  Result<std::string> GetCopy(std::string_view op, const std::string& url, RunContext& run);
  Result<std::vector<std::string>> GetFound(const Find& find, std::string_view op,
                                            const std::string& url, Reads reads, RunContext& run);
  const Find* FindFor(std::string_view url) const {
    for (const auto& [scheme, find] : finds_) {
      if (url.starts_with(scheme)) return &find;
    }
    return nullptr;
  }

  std::mutex mutex_;
  Fetch fetch_;
  std::map<std::string, Find> finds_;                    // by scheme
  std::map<std::string, std::shared_ptr<Copy>> copies_;  // by path
  std::map<std::string, std::shared_ptr<Found>> found_;  // by run and address
};

// The end of the address's path, which tells the format: "rows.csv.gz".
std::string FileName(std::string_view url) {
  constexpr size_t kMostBytes = 100;
  url = url.substr(0, url.find_first_of("?#"));
  std::string name(url.substr(url.rfind('/') + 1));
  std::erase_if(name, [](unsigned char c) {
    return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '_';
  });
  return name.size() > kMostBytes ? name.substr(name.size() - kMostBytes) : name;
}

Result<std::vector<std::string>> Copies::Get(std::string_view op, const std::string& url,
                                             Reads reads, RunContext& run) {
  Find find;
  {
    std::lock_guard lock(mutex_);
    if (const Find* known = FindFor(url)) find = *known;
  }
  if (find) return GetFound(find, op, url, reads, run);
  ARROW_ASSIGN_OR_RAISE(std::string copy, GetCopy(op, url, run));
  return std::vector<std::string>{std::move(copy)};
}

Result<std::vector<std::string>> Copies::GetFound(const Find& find, std::string_view op,
                                                  const std::string& url, Reads reads,
                                                  RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run.scratch());
  const std::string key = scratch->path() + (reads == Reads::kParts ? "\n\n" : "\n") + url;
  std::shared_ptr<Found> found;
  {
    std::lock_guard lock(mutex_);
    found = found_.emplace(key, std::make_shared<Found>()).first->second;
  }
  std::lock_guard lock(found->mutex);
  if (!found->paths.empty()) return found->paths;
  const auto files = find(url, reads, run);
  if (!files.ok()) return WithContext(op, files.status());
  std::lock_guard names(mutex_);
  for (const FoundFile& file : *files) {
    found->paths.push_back(file.path);
    const auto copy = copies_.emplace(file.path, std::make_shared<Copy>()).first->second;
    copy->name = file.name;
    // Another address may have named it before.
    auto distant = copy->distant.lock();
    if (distant == nullptr) distant = file.distant;
    copy->distant = distant;
    found->distant.push_back(std::move(distant));
  }
  return found->paths;
}

Result<std::string> Copies::GetCopy(std::string_view op, const std::string& url, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run.scratch());
  const std::string path = scratch->path() + "/" + Hash128Hex(url) + "-" + FileName(url);
  std::shared_ptr<Copy> copy;
  Fetch fetch;
  {
    std::lock_guard lock(mutex_);
    copy = copies_.emplace(path, std::make_shared<Copy>()).first->second;
    copy->name = RedactUri(url);
    fetch = fetch_;
  }
  std::lock_guard lock(copy->mutex);
  if (FileExists(path)) return path;
  if (fetch == nullptr) {
    return Error(ErrorKind::kUsage,
                 std::string(op) + ": nothing here reads from the web: " + copy->name)
        .Hint("fetch the file first, and give its path");
  }
  const std::string part = path + ".part";
  const Status fetched = fetch(url, part, run);
  std::error_code error;
  if (fetched.ok()) std::filesystem::rename(part, path, error);
  if (fetched.ok() && !error) return path;
  std::filesystem::remove(part, error);
  return WithContext(op, fetched.ok() ? ErrnoError(error.value(), "cannot rename", part) : fetched);
}

// Status messages with addresses where there were paths of copies.
class Names {
 public:
  void Add(std::string path) { paths_.push_back(std::move(path)); }
  Status operator()(const Status& status) const {
    if (status.ok()) return status;
    std::string message = status.message();
    for (const std::string& path : paths_) {
      const std::string name = NameOfSource(path);
      for (size_t at = message.find(path); at != message.npos; at = message.find(path, at)) {
        message.replace(at, path.size(), name);
        at += name.size();
      }
    }
    return message == status.message() ? status : status.WithMessage(message);
  }

 private:
  std::vector<std::string> paths_;
};

class RemoteStream : public Stream {
 public:
  RemoteStream(std::unique_ptr<Stream> input, Names names)
      : input_(std::move(input)), names_(std::move(names)) {}
  const SchemaPtr& schema() const override { return input_->schema(); }
  std::optional<int64_t> MorselRows() const override { return input_->MorselRows(); }
  int64_t PassedOver() const override { return input_->PassedOver(); }
  std::optional<double> Share() const override { return input_->Share(); }
  Result<Morsel> Next() override {
    auto morsel = input_->Next();
    if (!morsel.ok()) return names_(morsel.status());
    if (!*morsel) return Morsel();
    return Morsel([this, morsel = std::move(*morsel)](Worker& worker) -> Result<BatchPtr> {
      auto batch = morsel(worker);
      if (!batch.ok()) return names_(batch.status());
      return batch;
    });
  }

 private:
  const std::unique_ptr<Stream> input_;
  const Names names_;
};

class RemoteSource : public Node {
 public:
  // `face`: the source as plans show it, which is never opened.
  RemoteSource(std::vector<std::string> paths, MakeSource make, Reads reads, NodePtr face)
      : paths_(std::move(paths)), make_(std::move(make)), reads_(reads), face_(std::move(face)) {}

  std::string_view op() const override { return face_->op(); }
  std::string Describe() const override { return face_->Describe(); }
  Result<std::string> Identity(RunContext& run) const override {
    return Ask(run, [&run](const Node& source) { return source.Identity(run); });
  }
  Result<bool> KnowsIdentity(RunContext& run) const override {
    return Ask(run, [&run](const Node& source) { return source.KnowsIdentity(run); });
  }
  Status LearnIdentity(RunContext& run, const CancelToken& stop) const override {
    ARROW_ASSIGN_OR_RAISE(const NodePtr source, Source(run));
    return source->LearnIdentity(run, stop);
  }
  // Before anything was fetched, the paths as they were given.
  Result<std::vector<std::string>> InputUris() const override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> uris = paths_;
    if (source_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(uris, source_->InputUris());
    }
    for (std::string& uri : uris) uri = IsRemote(uri) ? RedactUri(uri) : NameOfSource(uri);
    return uris;
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    return Ask(run, [&run](const Node& source) { return source.schema(run); });
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    return Ask(run, [&run](const Node& source) { return source.KnownRows(run); });
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto stream,
                          Ask(run, [&run](const Node& source) { return source.Open(run); }));
    std::lock_guard lock(mutex_);
    return std::make_unique<RemoteStream>(std::move(stream), names_);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return Remade([columns](const Node& source) { return source.Narrow(columns); });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    return Remade([condition](const Node& source) { return source.Prune(condition); });
  }

 private:
  // The source of the copies; fetches them at the first call.
  Result<NodePtr> Source(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (source_ != nullptr) return source_;
    std::vector<std::vector<std::string>> found(paths_.size());
    CancelToken stop;
    RETURN_NOT_OK(WorkAll(paths_.size(), kAtOnce, stop, [&](size_t index) {
      const std::string& path = paths_[index];
      if (!IsRemote(path)) {
        found[index] = {path};
        return Status::OK();
      }
      return Copies::Instance().Get(op(), path, reads_, run).Value(&found[index]);
    }));
    std::vector<std::string> copies;
    for (size_t index = 0; index < paths_.size(); ++index) {
      for (const std::string& copy : found[index]) {
        copies.push_back(copy);
        if (IsRemote(paths_[index])) names_.Add(copy);
      }
    }
    source_ = make_(std::move(copies));
    return source_;
  }

  template <typename Call>
  auto Ask(RunContext& run, const Call& call) const -> decltype(call(std::declval<const Node&>())) {
    ARROW_ASSIGN_OR_RAISE(const NodePtr source, Source(run));
    auto answer = call(*source);
    if (answer.ok()) return answer;
    std::lock_guard lock(mutex_);
    return names_(answer.status());
  }

  // The same with `change` made to the source; null where that is null.
  template <typename Change>
  NodePtr Remade(const Change& change) const {
    NodePtr face = change(*face_);
    if (face == nullptr) return nullptr;
    return std::make_shared<RemoteSource>(
        paths_,
        [make = make_, change](std::vector<std::string> paths) {
          return change(*make(std::move(paths)));
        },
        reads_, std::move(face));
  }

  const std::vector<std::string> paths_;
  const MakeSource make_;
  const Reads reads_;
  const NodePtr face_;
  mutable std::mutex mutex_;
  mutable NodePtr source_;
  mutable Names names_;
};

}  // namespace

void SetFetch(Fetch fetch) { Copies::Instance().SetFetch(std::move(fetch)); }

void SetFind(const std::string& scheme, Find find) {
  Copies::Instance().SetFind(scheme, std::move(find));
}

bool IsRemote(std::string_view path) {
  return path.starts_with("https://") || path.starts_with("http://") ||
         Copies::Instance().HasScheme(path);
}

NodePtr ReadRemote(const std::vector<std::string>& paths, const MakeSource& make, Reads reads) {
  if (std::ranges::none_of(paths, IsRemote)) return make(paths);
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(IsRemote(path) ? RedactUri(path) : path);
  return std::make_shared<RemoteSource>(paths, make, reads, make(std::move(names)));
}

std::string NameOfSource(const std::string& path) { return Copies::Instance().NameOf(path); }

std::shared_ptr<DistantFile> DistantFileAt(const std::string& path) {
  return Copies::Instance().DistantAt(path);
}

}  // namespace tideway::dataset
