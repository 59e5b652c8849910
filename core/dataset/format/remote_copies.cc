#include <cctype>
#include <filesystem>
#include <utility>

#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/base/work_all.h"
#include "core/dataset/format/remote_copies_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr size_t kAtOnce = 16;  // addresses that are fetched side by side

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

}  // namespace

Copies& Copies::Instance() {
  static Copies copies;
  return copies;
}

void Copies::SetFetch(Fetch fetch) {
  std::lock_guard lock(mutex_);
  fetch_ = std::move(fetch);
}

void Copies::SetFind(const std::string& scheme, Find find) {
  std::lock_guard lock(mutex_);
  if (find) {
    finds_[scheme] = std::move(find);
  } else {
    finds_.erase(scheme);
  }
}

std::string Copies::SchemeOf(std::string_view url) const {
  std::lock_guard lock(mutex_);
  for (const auto& [scheme, find] : finds_) {
    if (url.starts_with(scheme)) return scheme;
  }
  return "";
}

std::shared_ptr<DistantFile> Copies::DistantAt(const std::string& path) const {
  std::lock_guard lock(mutex_);
  const auto found = copies_.find(path);
  return found == copies_.end() ? nullptr : found->second->distant.lock();
}

std::string Copies::NameOf(const std::string& path) const {
  std::lock_guard lock(mutex_);
  const auto found = copies_.find(path);
  return found == copies_.end() ? path : found->second->name;
}

Result<Copies::Paths> Copies::Get(std::string_view op, const std::vector<std::string>& urls,
                                  Reads reads, RunContext& run) {
  Paths paths(urls.size());
  std::map<std::string, std::vector<size_t>> by_scheme;
  std::vector<size_t> single;
  for (size_t index = 0; index < urls.size(); ++index) {
    const std::string scheme = SchemeOf(urls[index]);
    (scheme.empty() ? single : by_scheme[scheme]).push_back(index);
  }
  for (const auto& [scheme, indexes] : by_scheme) {
    std::vector<std::string> some;
    for (const size_t index : indexes) some.push_back(urls[index]);
    ARROW_ASSIGN_OR_RAISE(auto found, GetFound(scheme, op, some, reads, run));
    for (size_t i = 0; i < indexes.size(); ++i) paths[indexes[i]] = std::move(found[i]);
  }
  CancelToken stop;
  RETURN_NOT_OK(WorkAll(single.size(), kAtOnce, stop, [&](size_t i) {
    paths[single[i]].resize(1);
    return GetCopy(op, urls[single[i]], run).Value(&paths[single[i]][0]);
  }));
  return paths;
}

Result<Copies::Paths> Copies::GetFound(const std::string& scheme, std::string_view op,
                                       const std::vector<std::string>& urls, Reads reads,
                                       RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run.scratch());
  std::string key = scratch->path() + (reads == Reads::kParts ? "\n" : "");
  for (const std::string& url : urls) key += "\n" + url;
  std::shared_ptr<Found> found;
  Find find;
  {
    std::lock_guard lock(mutex_);
    find = finds_.at(scheme);
    found = found_.emplace(Hash128Hex(key), std::make_shared<Found>()).first->second;
  }
  std::lock_guard lock(found->mutex);
  if (!found->paths.empty()) return found->paths;
  const auto files = find(urls, reads, run);
  if (!files.ok()) return WithContext(op, files.status());
  std::lock_guard names(mutex_);
  for (const std::vector<FoundFile>& of_one : *files) {
    found->paths.emplace_back();
    for (const FoundFile& file : of_one) Keep(file, scratch->path(), *found);
  }
  return found->paths;
}

void Copies::Keep(const FoundFile& file, const std::string& run, Found& found) {
  const auto copy = copies_.emplace(file.path, std::make_shared<Copy>()).first->second;
  copy->name = file.name;
  // Another address of the run may have named it before.
  auto distant = copy->run == run ? copy->distant.lock() : nullptr;
  if (distant == nullptr) distant = file.distant;
  copy->run = run;
  copy->distant = distant;
  found.paths.back().push_back(file.path);
  if (distant != nullptr) found.distant.push_back(std::move(distant));
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

}  // namespace tideway::dataset
