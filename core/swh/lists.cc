#include "core/swh/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>
#include <vector>

#include "core/base/file.h"
#include "core/swh/file_name.h"
#include "core/swh/manifest.h"

namespace tideway::swh {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestEnding = "_manifest.jsonl";

using Blobs = std::unordered_set<std::string>;

// Takes the blobs of all rows out of a set.
class ListedSink : public dataset::Sink {
 public:
  explicit ListedSink(Blobs& unlisted) : unlisted_(unlisted) {}
  std::string_view name() const override { return "swh.remove_unlisted"; }
  Status Open(const dataset::SchemaPtr& schema) override { return CheckColumns(*schema); }
  Result<bool> Consume(const dataset::BatchPtr& batch) override {
    RETURN_NOT_OK(ForEachRow(batch, [this](const Row& row) {
      unlisted_.erase(TextOf(row, "blob_id"));
      has_rows_ = true;
      return Status::OK();
    }));
    return true;
  }
  Status Finish() override { return Status::OK(); }
  bool has_rows() const { return has_rows_; }

 private:
  Blobs& unlisted_;
  bool has_rows_ = false;
};

Result<Blobs> BlobsIn(const std::string& manifest) {
  Blobs blobs;
  const auto add = [&blobs](const Row& line) {
    blobs.insert(TextOf(line, "blob_id"));
    return Status::OK();
  };
  RETURN_NOT_OK(ReadManifest(manifest, add).status());
  return blobs;
}

Result<std::vector<std::string>> Manifests(const std::string& to) {
  std::vector<std::string> paths;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(to, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && name.ends_with(kManifestEnding)) paths.push_back(entry.path());
  }
  if (problem) return ErrnoError(problem.value(), "swh: cannot list", to);
  std::ranges::sort(paths);
  return paths;
}

Status DeleteFile(const std::string& path) {
  std::error_code problem;
  fs::remove(path, problem);
  return problem ? Status(ErrnoError(problem.value(), "swh: cannot delete", path)) : Status::OK();
}

}  // namespace

Result<int64_t> WriteMetadata(const std::string& to, const std::string& language) {
  const std::string path = fmt::format("{}/{}_metadata.json", to, LanguageName(language));
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path));
  RETURN_NOT_OK(file->Write(fmt::format("{{\"language\": {}, \"files\": [", Row(language).dump())));
  int64_t count = 0;
  const auto add = [&](const Row& line) -> Status {
    if (TextOf(line, "state") != "fetched") return Status::OK();
    Row facts = line;
    for (const char* name : {"state", "source", "fetched_at"}) facts.erase(name);
    return file->Write((count++ == 0 ? "\n" : ",\n") + facts.dump());
  };
  RETURN_NOT_OK(ReadManifest(ManifestPath(to, language), add).status());
  RETURN_NOT_OK(file->Write(fmt::format("\n], \"count\": {}}}\n", count)));
  RETURN_NOT_OK(file->Publish());
  return count;
}

Result<int64_t> WriteChecksums(const std::string& to) {
  ARROW_ASSIGN_OR_RAISE(const auto paths, Manifests(to));
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(to + "/SHA256SUMS"));
  int64_t count = 0;
  for (const std::string& path : paths) {
    const auto add = [&](const Row& line) -> Status {
      if (TextOf(line, "state") != "fetched") return Status::OK();
      ++count;
      return file->Write(TextOf(line, "sha256") + "  " + TextOf(line, "file") + "\n");
    };
    RETURN_NOT_OK(ReadManifest(path, add).status());
  }
  RETURN_NOT_OK(file->Publish());
  return count;
}

Result<int64_t> RemoveUnlisted(const dataset::Node& plan, const std::string& to,
                               const std::string& language, dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto manifest, Manifest::Open({.to = to, .language = language}));
  // What is there, not what is listed: that may be a thousand times as much.
  ARROW_ASSIGN_OR_RAISE(Blobs unlisted, BlobsIn(manifest->path()));
  ListedSink sink(unlisted);
  RETURN_NOT_OK(dataset::Execute(plan, sink, run));
  if (!sink.has_rows()) {
    return Error(ErrorKind::kData, "swh: nothing of " + language + " is listed any more")
        .Hint("is the language written as in the dataset? To delete all of it, delete the folder");
  }
  // Files first: a line whose file is gone goes by itself.
  RETURN_NOT_OK(manifest->Remove([&](const Row& line) -> Result<bool> {
    if (!unlisted.contains(TextOf(line, "blob_id"))) return false;
    for (const char* place : {"file", "quarantine"}) {
      const std::string file = TextOf(line, place);
      if (!file.empty()) RETURN_NOT_OK(DeleteFile(to + "/" + file));
    }
    return true;
  }));
  RETURN_NOT_OK(manifest->Finish());
  return static_cast<int64_t>(unlisted.size());
}

}  // namespace tideway::swh
