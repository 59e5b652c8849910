// What a host that is dead still gets of a client whose requests all fail.
#include <gmock/gmock.h>

#include <atomic>

#include "core/net/client.h"
#include "core/net/testing_internal.h"

namespace tideway::net {
namespace {

// A port of this machine on which connections are refused, or begin and never go on.
class DeadPort {
 public:
  explicit DeadPort(bool silent) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (silent) {
      EXPECT_EQ(listen(socket_, 1024), 0);
    }
  }
  ~DeadPort() { close(socket_); }
  DeadPort(const DeadPort&) = delete;
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }

 private:
  const int socket_;
  int port_ = 0;
};

// Starts `count` requests and winds the clock until all have ended; returns how many tries it took.
int TriesOf(int count, const std::string& url) {
  FakeClock clock(std::chrono::hours(24));
  Client client({.random = [] { return 0.5; }}, clock);
  std::atomic<int> tries{0}, ended{0};
  for (int i = 0; i < count; ++i) {
    Request request{.url = url};
    request.retry.base_s = 0;
    request.retry.deadline_s = 86400;
    request.before_try = [&tries](Headers&) { ++tries; };
    client.Start(request, [&ended](Result<Response> answer) {
      EXPECT_FALSE(answer.ok());
      ++ended;
    });
  }
  while (ended < count) {
    clock.Advance(std::chrono::seconds(1));
    client.Wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the client works meanwhile
  }
  return tries;
}

class DeadHostTest : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Net, DeadHostTest, ::testing::Bool(), [](const auto& silent) {
  return std::string(silent.param ? "Silent" : "Refusing");
});

TEST_P(DeadHostTest, GetsAFifthMoreThanTheFirstTriesAtMost) {
  constexpr int kRequests = 500;
  const DeadPort port(GetParam());
  const int tries = TriesOf(kRequests, port.url());
  EXPECT_GT(tries, kRequests);
  EXPECT_LE(tries, kRequests * 6 / 5);
}

TEST_P(DeadHostTest, IsTriedAgainByOneWhoAsksAlone) {
  const DeadPort port(GetParam());
  EXPECT_EQ(TriesOf(1, port.url()), RetryRule{}.tries);
}

}  // namespace
}  // namespace tideway::net
