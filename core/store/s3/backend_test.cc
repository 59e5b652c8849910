#include "core/store/backend_test.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>

#include "core/store/s3/s3_store.h"
#include "core/store/s3/server_test.h"

namespace tideway::store {
namespace {

class S3Backend : public Backend {
 public:
  std::shared_ptr<Store> store() override {
    auto store = OpenS3(S3Server::Options());
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return store.ValueOr(nullptr);
  }
};

// One for the program.
class Server {
 public:
  Server()
      : server_([this](int port) -> std::vector<std::string> {
          std::filesystem::create_directories(folder_.path("buckets"));
          std::filesystem::create_directories(folder_.path("facts"));
          return {GoProgram("versitygw"),
                  "--quiet",
                  "--port",
                  fmt::format("127.0.0.1:{}", port),
                  "--access",
                  S3Server::kId,
                  "--secret",
                  S3Server::kSecret,
                  "posix",
                  "--sidecar",
                  folder_.path("facts"),
                  folder_.path("buckets")};
        }) {}
  int port() const { return server_.port(); }

 private:
  const TestFolder folder_;
  const TestServer server_;
};

}  // namespace

std::string S3Server::Endpoint() {
  static const Server server;
  static const std::string endpoint = fmt::format("http://127.0.0.1:{}", server.port());
  return endpoint;
}

S3Options S3Server::Options() {
  static std::atomic<int> next{0};
  return {.bucket = fmt::format("bucket-{}", next++),
          .environment = [](const std::string&) { return std::nullopt; },
          .endpoint = Endpoint(),
          .keys = {kId, kSecret, ""}};
}

std::unique_ptr<Backend> MakeS3Backend() { return std::make_unique<S3Backend>(); }

}  // namespace tideway::store
