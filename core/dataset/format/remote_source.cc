#include "core/dataset/format/remote_source.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/secret.h"
#include "core/dataset/format/remote_copies_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

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
    std::vector<std::string> urls;
    std::ranges::copy_if(paths_, std::back_inserter(urls), IsRemote);
    ARROW_ASSIGN_OR_RAISE(const auto found, Copies::Instance().Get(op(), urls, reads_, run));
    std::vector<std::string> copies;
    auto next = found.begin();
    for (const std::string& path : paths_) {
      if (!IsRemote(path)) {
        copies.push_back(path);
        continue;
      }
      for (const std::string& copy : *next++) {
        copies.push_back(copy);
        names_.Add(copy);
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
