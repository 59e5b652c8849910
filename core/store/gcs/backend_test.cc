#include "core/store/backend_test.h"

#include <fmt/format.h>

#include <atomic>

#include "core/store/gcs/gcs_store.h"

namespace tideway::store {
namespace {

int ServerPort() {
  static const TestServer server([](int port) -> std::vector<std::string> {
    return {GoProgram("fake-gcs-server"),
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            std::to_string(port),
            "-backend",
            "memory",
            "-log-level",
            "error",
            "-external-url",
            fmt::format("http://127.0.0.1:{}", port),
            "-public-host",
            fmt::format("127.0.0.1:{}", port)};
  });
  return server.port();
}

class GcsBackend : public Backend {
 public:
  std::shared_ptr<Store> store() override {
    static std::atomic<int> next{0};
    const int port = ServerPort();
    auto store =
        OpenGcs({.bucket = fmt::format("bucket-{}", next++),
                 .environment = [port](const std::string& name) -> std::optional<std::string> {
                   if (name != "STORAGE_EMULATOR_HOST") return std::nullopt;
                   return fmt::format("127.0.0.1:{}", port);
                 },
                 .project = "test"});
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return store.ValueOr(nullptr);
  }
  bool presigns() const override { return false; }
};

}  // namespace

std::unique_ptr<Backend> MakeGcsBackend() { return std::make_unique<GcsBackend>(); }

}  // namespace tideway::store
