// A folder for the shards of a push, in which the large ones do not stay: each is sent while the
// next is written, so that a push needs the room of two shards and no more, and is over soon after
// its last row.
//
// Threads: any.
#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/file.h"
#include "core/hub/hub.h"
#include "core/hub/remote/api.h"
#include "core/hub/remote/upload_file.h"

namespace tideway::hub {

class SendingFolder : public Staging {
 public:
  // `branch`: that will be committed to. Files of fewer than `least_bytes` go with the commit.
  SendingFolder(std::unique_ptr<ScratchFolder> folder, Api& api, RepoId repo, std::string branch,
                int64_t least_bytes, const CancelToken& cancel);
  // Gives up what is on its way.
  ~SendingFolder() override;

  const std::string& path() const override { return folder_->path(); }
  Result<bool> Take(const std::string& source, const FileInfo& file) override;
  Status Settle() override;

 private:
  Status Send(const UploadFile& file);
  Status Wait();

  const std::unique_ptr<ScratchFolder> folder_;
  Api& api_;
  const RepoId repo_;
  const std::string branch_;
  const int64_t least_bytes_;
  CancelToken stop_;
  std::mutex mutex_;
  std::future<Status> sending_;  // of the file that was taken last
};

}  // namespace tideway::hub
