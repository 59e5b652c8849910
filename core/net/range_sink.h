// Takes one part of a file that a server holds, over as many answers as it takes.
//
//   const auto sink = std::make_shared<RangeSink>("store", ByteRange{0, 4096}, size, write);
//   request.before_try = [sink](Headers& headers) { sink->AskForRest(headers); };
//
// Threads: the client's; all else once an answer has ended.
#pragma once

#include <functional>
#include <string>

#include "core/base/byte_ranges.h"
#include "core/net/message.h"

namespace tideway::net {

// Takes bytes that stand at `at` of the whole file.
using WriteAt = std::function<Status(int64_t at, std::string_view bytes)>;
// Writes to `fd`, each byte at its own place; `path` is for errors.
WriteAt WriteToFile(int fd, std::string path);

class RangeSink : public BodySink {
 public:
  // `size`: of the whole file; -1: not known, so that the range may end after it. `module` begins
  // the errors. `version`: the header field that names the content, which has to be the same in all
  // answers, else it is an error of kind conflict; empty: none does.
  RangeSink(std::string module, ByteRange range, int64_t size, WriteAt write,
            std::string version = "");

  // Sets `Range` to what is missing.
  void AskForRest(Headers& headers) const;
  Status Begin(const Response& head) override;
  Status Take(std::string_view bytes) override;

  // Bytes that are missing; 0 is all.
  int64_t left() const { return rest_.size(); }
  // Where the next byte belongs.
  int64_t next() const { return rest_.begin; }
  // Whether the server gives files only whole: an error of Begin.
  bool gives_whole() const { return gives_whole_; }
  // Of the whole file, as told or as the server says; -1: not known.
  int64_t size() const { return size_; }
  // Of the first answer.
  const Headers& headers() const { return headers_; }

 private:
  // Whether `range` is the answer to what was asked for; learns the size.
  bool IsAnswer(const std::string& range);

  const std::string module_;
  ByteRange rest_;
  int64_t size_;
  const WriteAt write_;
  const std::string version_;
  Headers headers_;
  bool gives_whole_ = false;
};

}  // namespace tideway::net
