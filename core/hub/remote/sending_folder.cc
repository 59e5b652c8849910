#include "core/hub/remote/sending_folder.h"

#include <utility>
#include <vector>

#include "core/hub/remote/lfs_upload.h"
#include "core/hub/remote/preupload.h"

namespace tideway::hub {

SendingFolder::SendingFolder(std::unique_ptr<ScratchFolder> folder, Api& api, RepoId repo,
                             std::string branch, int64_t least_bytes, const CancelToken& cancel)
    : folder_(std::move(folder)),
      api_(api),
      repo_(std::move(repo)),
      branch_(std::move(branch)),
      least_bytes_(least_bytes),
      stop_(&cancel) {}

SendingFolder::~SendingFolder() {
  stop_.Cancel();
  if (sending_.valid()) sending_.wait();
}

Result<bool> SendingFolder::Take(const std::string& source, const FileInfo& file) {
  if (file.size < least_bytes_) return false;
  UploadFile upload{
      .path = file.path, .source = source, .sha256 = file.sha256, .size = file.size, .own = true};
  ARROW_ASSIGN_OR_RAISE(const auto advice, AskAdvice(api_, repo_, branch_, {upload}, stop_));
  if (!advice[0].large || advice[0].ignored) return false;
  std::lock_guard lock(mutex_);
  RETURN_NOT_OK(Wait());
  sending_ = std::async(std::launch::async, [this, upload] { return Send(upload); });
  return true;
}

Status SendingFolder::Settle() {
  std::lock_guard lock(mutex_);
  return Wait();
}

Status SendingFolder::Send(const UploadFile& file) {
  RETURN_NOT_OK(LfsUpload(api_, repo_, branch_, stop_).Send({file}));
  return RemoveAll(file.source);
}

Status SendingFolder::Wait() { return sending_.valid() ? sending_.get() : Status::OK(); }

}  // namespace tideway::hub
