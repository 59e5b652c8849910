// Contents by the archive's web API: for few of them. Its terms forbid to extract many, and it
// counts: 120 an hour without a token.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "core/base/clock.h"
#include "core/net/client.h"
#include "core/swh/source.h"

namespace tideway::swh {

struct ApiOptions {
  std::string address = "https://archive.softwareheritage.org/api/1";
  std::string token = {};         // a secret; empty: nobody's
  int64_t most_contents = 100;    // of this object's life
  net::Client* client = nullptr;  // null: net::SharedClient()
  const Clock* clock = nullptr;   // null: the system's
  // Waits until a quota is full again; empty: SleepCancellable.
  std::function<Status(double seconds)> sleep = {};
};

class Api : public Source {
 public:
  explicit Api(ApiOptions options);

  const char* name() const override { return "api"; }
  Result<Answer> Read(const std::string& blob_id, int64_t most, const CancelToken& cancel) override;

 private:
  // Until the quota of which the answer tells is full again.
  Status WaitForQuota(const net::Response& response, const CancelToken& cancel);

  const ApiOptions options_;
  net::Client& client_;
  const Clock& clock_;
  std::atomic<int64_t> asked_ = 0;
};

}  // namespace tideway::swh
