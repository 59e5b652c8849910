// How the Hub wants each file of a commit.
#pragma once

#include <string>
#include <vector>

#include "core/hub/remote/api.h"
#include "core/hub/remote/upload_file.h"

namespace tideway::hub {

struct Advice {
  bool large = false;    // by Git LFS, else in the commit itself
  bool ignored = false;  // the repository's .gitignore names it
  bool there = false;    // the repository holds just these bytes already
};

// In the order of `files`.
Result<std::vector<Advice>> AskAdvice(Api& api, const RepoId& repo, const std::string& revision,
                                      const std::vector<UploadFile>& files,
                                      const CancelToken& cancel);

}  // namespace tideway::hub
