// A local repository under test. Test code only.
#pragma once

#include <functional>
#include <set>

#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {

using Files = std::map<std::string, std::string>;

// Larger than what commits copy, so that it is a hard link.
inline const std::string kLarge(History::kCopyBytes + 1, 'L');

class LocalTest : public HubTest {
 protected:
  // Commits `files` in place of all that is visible, each through a staging file.
  Result<std::string> Commit(LocalRepository& repository, const Files& files,
                             const std::string& tag = "") {
    RETURN_NOT_OK(repository.PrepareToWrite());
    ARROW_ASSIGN_OR_RAISE(auto staging, repository.MakeStaging());
    CommitRequest request;
    ARROW_ASSIGN_OR_RAISE(request.parent, repository.Head());
    request.tag = tag;
    for (const auto& [path, text] : files) {
      if (!path.starts_with("data/")) {
        request.operations.push_back(CommitOperation::AddText(path, text));
        continue;
      }
      const std::string staged = staging->path() + "/" + fs::path(path).filename().string();
      WriteText(staged, text);
      request.operations.push_back(CommitOperation::AddFile(path, staged, Sha256Hex(text)));
    }
    ARROW_ASSIGN_OR_RAISE(const auto there, repository.ListFiles(""));
    for (const FileInfo& file : there) {
      if (!files.contains(file.path)) {
        request.operations.push_back(CommitOperation::Remove(file.path));
      }
    }
    return repository.Commit(request);
  }
  Result<std::string> Commit(const Files& files, const std::string& tag = "") {
    LocalRepository repository(Options());
    return Commit(repository, files, tag);
  }

  std::vector<std::string> TagNames() {
    LocalRepository repository(Options());
    std::vector<std::string> names;
    for (const Tag& tag : Must(repository.Tags())) names.push_back(tag.name);
    return names;
  }

  // Nothing but what head and tags need: no links that lead nowhere, no spare objects or commits.
  void ExpectTidy(size_t commits) {
    std::set<std::string> objects;
    size_t manifests = 0;
    for (const auto& entry : fs::directory_iterator(Repo(".tideway-repo/commits"))) {
      if (entry.path().extension() != ".json") continue;
      ++manifests;
      const auto manifest = Must(ParseManifest(ReadText(entry.path())));
      for (const auto& [_, file] : manifest.files) objects.insert(file.sha256);
    }
    EXPECT_EQ(manifests, commits);
    for (const auto& entry : fs::directory_iterator(Repo(".tideway-repo/objects"))) {
      EXPECT_TRUE(objects.contains(entry.path().filename().string())) << entry.path();
    }
    for (const auto& entry : fs::recursive_directory_iterator(Repo())) {
      EXPECT_TRUE(fs::exists(entry.path())) << "leads nowhere: " << entry.path();
    }
    EXPECT_TRUE(fs::is_empty(Repo(".tideway-repo/staging")));
  }
};

// Runs `body` in a child process; returns its exit code, or -1 when a signal ended it.
inline int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline const Files kOld = {{"README.md", "old"},
                           {"data/train-00000-of-00002.parquet", "first"},
                           {"data/train-00001-of-00002.parquet", kLarge},
                           {"data/test-00000-of-00001.parquet", "test"}};
inline const Files kNew = {{"README.md", "new"},
                           {"dataset_metadata.json", "{}"},
                           {"data/train-00000-of-00001.parquet", kLarge + "new"},
                           {"data/test-00000-of-00001.parquet", "test"}};

}  // namespace tideway::hub::testing
