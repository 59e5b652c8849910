// A blob of the cache as it grows, under a name of its own, over as many answers and processes as
// it takes.
//
// Bytes are written as they come, by the client's thread, and hashed behind that by who waits for
// them: one thread could not do both as fast as a network can be.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/transfer.h"
#include "core/net/message.h"

namespace tideway::hub {

class PartialBlob : public net::BodySink {
 public:
  // Of content that is to have this hash and `size` bytes.
  // `transfer` is told what comes; null: nobody.
  PartialBlob(std::string hash, int64_t size, Transfer* transfer = nullptr);
  ~PartialBlob() override;

  // Makes `path`, or takes over what a process that is gone left at `leftover`, if that is given.
  Status Open(const std::string& path, const std::string& leftover);
  // Asks for what is missing.
  void AskForRest(net::Headers& headers) const;
  Status Begin(const net::Response& head) override;
  Status Take(std::string_view bytes) override;

  int64_t written() const { return written_; }
  // Hashes what is there, and goes on as more comes, until `done` is true. `Wake` has it look.
  Status HashUntil(const std::function<bool()>& done);
  void Wake();
  const std::string& path() const { return path_; }
  // Whether all bytes are there, and the right ones. If not, it begins anew.
  Result<bool> IsWhole();
  Status Restart();
  // Stays, whole, when this is destroyed; else only what another process may go on with does.
  void Keep() { kept_ = true; }

 private:
  Status ReadOn();
  // Hashes the next bytes that were written; none where all are hashed.
  Status HashSome();
  int64_t unhashed();

  void Tell(int64_t bytes) const;

  std::mutex hashing_;  // held while bytes are hashed, and while they are dropped
  ContentHash hash_;
  int64_t hashed_ = 0;
  std::vector<char> buffer_;
  std::mutex mutex_;
  std::condition_variable came_;
  const int64_t size_;
  Transfer* const transfer_;
  std::string path_;
  int fd_ = -1;
  std::atomic<int64_t> written_{0};
  std::atomic<int64_t> told_{0};  // of which who hashes was woken
  bool kept_ = false;
};

}  // namespace tideway::hub
