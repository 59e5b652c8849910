// Who gives the contents: the bucket (bucket.h) or, for few of them, the web API (api.h).
#pragma once

#include <cstdint>
#include <string>

#include "core/base/cancel.h"
#include "core/base/error.h"

namespace tideway::swh {

struct Answer {
  enum class State {
    kFound,
    kMissing,   // the archive has it no more
    kDenied,    // refused, where others are given
    kTooLarge,  // beyond `most`
    kBroken,    // what came cannot be unpacked; `bytes` are those that came
  };
  State state = State::kFound;
  std::string bytes = {};    // as they were archived
  std::string problem = {};  // of all but kFound
  bool slowed = false;       // the other side asked for less at a time
};

// Threads: any; blocks.
class Source {
 public:
  virtual ~Source() = default;
  // "s3", "api".
  virtual const char* name() const = 0;
  // The content of that SHA-1; the bytes are not checked by it. Errors: auth, where nothing may be
  // read, with the remedy; usage, for a limit that is reached; network, timeout; interrupted.
  virtual Result<Answer> Read(const std::string& blob_id, int64_t most,
                              const CancelToken& cancel) = 0;
};

}  // namespace tideway::swh
