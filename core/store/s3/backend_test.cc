#include "core/store/backend_test.h"

#include <fmt/format.h>

#include <atomic>

#include "core/store/s3/minio_test.h"
#include "core/store/s3/s3_store.h"

namespace tideway::store {
namespace {

class S3Backend : public Backend {
 public:
  std::shared_ptr<Store> store() override {
    auto store = OpenS3(Minio::Options());
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return store.ValueOr(nullptr);
  }
};

// One for the program: it takes a second to start.
class Server {
 public:
  Server()
      : server_([this](int port) -> std::vector<std::string> {
          return {"/usr/bin/env",
                  fmt::format("MINIO_ROOT_USER={}", Minio::kId),
                  fmt::format("MINIO_ROOT_PASSWORD={}", Minio::kSecret),
                  "HOME=" + folder_.path(),
                  GoProgram("minio"),
                  "server",
                  "--quiet",
                  "--address",
                  fmt::format("127.0.0.1:{}", port),
                  folder_.path("data")};
        }) {}
  int port() const { return server_.port(); }

 private:
  const TestFolder folder_;
  const TestServer server_;
};

// Before that it asks to come again in a minute.
void WaitUntilReady(const std::string& endpoint) {
  net::Client client;
  const CancelToken never;
  net::Request request{.url = endpoint + "/minio/health/ready"};
  request.retry.tries = 1;
  for (int i = 0; i < 600; ++i) {
    const auto response = client.Send(request, never);
    if (response.ok() && response->ok()) return;
    EXPECT_TRUE(SleepCancellable(std::chrono::milliseconds(50), never).ok());
  }
  ADD_FAILURE() << "MinIO does not become ready";
}

}  // namespace

std::string Minio::Endpoint() {
  static const Server server;
  static const std::string endpoint = [] {
    std::string url = fmt::format("http://127.0.0.1:{}", server.port());
    WaitUntilReady(url);
    return url;
  }();
  return endpoint;
}

S3Options Minio::Options() {
  static std::atomic<int> next{0};
  return {.bucket = fmt::format("bucket-{}", next++),
          .environment = [](const std::string&) { return std::nullopt; },
          .endpoint = Endpoint(),
          .keys = {kId, kSecret, ""}};
}

std::unique_ptr<Backend> MakeS3Backend() { return std::make_unique<S3Backend>(); }

}  // namespace tideway::store
