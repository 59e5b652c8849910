#include "core/store/backend_test.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "core/store/file/folder_store.h"

namespace tideway::store {
namespace {

class FolderBackend : public Backend {
 public:
  std::shared_ptr<Store> store() override { return OpenFolder(folder_.path("bucket")); }
  bool presigns() const override { return false; }
  bool takes_any_key() const override { return false; }

 private:
  const TestFolder folder_;
};

}  // namespace

TestFolder::TestFolder() {
  static std::atomic<int> next{0};
  path_ =
      std::filesystem::temp_directory_path() / fmt::format("tideway-store-{}-{}", getpid(), next++);
  std::filesystem::create_directories(path_);
}
TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

std::unique_ptr<Backend> MakeFolderBackend() { return std::make_unique<FolderBackend>(); }

std::vector<BackendFactory> Backends() {
  return {{"Folder", MakeFolderBackend}, {"S3", MakeS3Backend}, {"Gcs", MakeGcsBackend}};
}

std::string ErrorText(const Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return status.message() + (detail == nullptr ? "" : "\n" + detail->hint);
}

}  // namespace tideway::store
