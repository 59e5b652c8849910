// A blob of the cache as it grows, under a name of its own, over as many answers and processes as
// it takes.
#pragma once

#include <string>

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
  const std::string& path() const { return path_; }
  // Whether all bytes are there, and the right ones. If not, it begins anew.
  Result<bool> IsWhole();
  Status Restart();
  // Stays, whole, when this is destroyed; else only what another process may go on with does.
  void Keep() { kept_ = true; }

 private:
  Status ReadOn();

  void Tell(int64_t bytes) const;

  ContentHash hash_;
  const int64_t size_;
  Transfer* const transfer_;
  std::string path_;
  int fd_ = -1;
  int64_t written_ = 0;
  bool kept_ = false;
};

}  // namespace tideway::hub
