// A server for the tests of the client: it answers each request with the bytes it was told, good or
// bad, and remembers what it was asked. Test code only.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tideway::net::testing {

// What the server does when it has read a request.
struct Answer {
  std::string bytes;
  enum class Then { kKeep, kClose, kReset, kHang } then = Then::kKeep;
  bool read_body = true;
};

inline Answer Say(int status, const std::string& body = "", const std::string& fields = "") {
  return {fmt::format("HTTP/1.1 {} Text\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                      fields, body)};
}

class RawServer {
 public:
  RawServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~RawServer() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
      for (const int peer : peers_) shutdown(peer, SHUT_RDWR);
    }
    changed_.notify_all();
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    close(listener_);
  }
  RawServer(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  // The answers to the requests that come, in order. Without one left: 500.
  void Then(Answer answer) {
    std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  // Head and body of each request.
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const {
    std::lock_guard lock(mutex_);
    return connections_;
  }
  void WaitForRequests(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return requests_.size() >= count; });
  }

 private:
  void Accept() {
    for (;;) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      std::lock_guard lock(mutex_);
      if (peer < 0 || stop_) {
        if (peer >= 0) close(peer);
        return;
      }
      ++connections_;
      peers_.push_back(peer);
      threads_.emplace_back([this, peer] { Serve(peer); });
    }
  }

  void Serve(int peer) {
    std::string pending;
    while (ServeOne(peer, pending)) {
    }
    std::lock_guard lock(mutex_);
    std::erase(peers_, peer);
    close(peer);
  }

  bool ServeOne(int peer, std::string& pending) {
    size_t end;
    while ((end = pending.find("\r\n\r\n")) == pending.npos) {
      if (!Receive(peer, pending)) return false;
    }
    Answer answer = Say(500);
    {
      std::lock_guard lock(mutex_);
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
    }
    const size_t size = end + 4 + (answer.read_body ? BodySize(pending.substr(0, end)) : 0);
    while (pending.size() < size) {
      if (!Receive(peer, pending)) return false;
    }
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(pending.substr(0, size));
    }
    pending.erase(0, size);
    changed_.notify_all();
    return Send(peer, answer);
  }

  bool Send(int peer, const Answer& answer) {
    for (size_t at = 0; at < answer.bytes.size();) {
      const ssize_t sent =
          send(peer, answer.bytes.data() + at, answer.bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<size_t>(sent);
    }
    if (answer.then == Answer::Then::kReset) {
      const linger none{.l_onoff = 1, .l_linger = 0};
      setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    if (answer.then == Answer::Then::kHang) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_; });
    }
    return answer.then == Answer::Then::kKeep;
  }

  static bool Receive(int peer, std::string& pending) {
    char buffer[64 << 10];
    const ssize_t count = recv(peer, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    pending.append(buffer, static_cast<size_t>(count));
    return true;
  }
  static size_t BodySize(const std::string& head) {
    constexpr std::string_view kField = "\r\nContent-Length: ";
    const size_t at = head.find(kField);
    return at == head.npos ? 0 : std::stoul(head.substr(at + kField.size()));
  }

  const int listener_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Answer> answers_;
  std::vector<std::string> requests_;
  std::vector<int> peers_;
  int connections_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tideway::net::testing
