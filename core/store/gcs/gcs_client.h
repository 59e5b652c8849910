// Calls of Google Cloud Storage's JSON API on one bucket. Threads: any; they block.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/client.h"
#include "core/net/range_sink.h"
#include "core/store/adaptive_limit.h"
#include "core/store/gcs/token.h"
#include "core/store/store.h"

namespace tideway::store {

struct GcsOptions {
  std::string bucket;
  Lookup environment;
  std::string state = {};     // a folder for what the next process needs
  std::string endpoint = {};  // else STORAGE_EMULATOR_HOST, which gets no tokens; Google's
  std::string project = {};   // of buckets that are made; else GOOGLE_CLOUD_PROJECT
  bool anonymous = false;
  net::Client* client = nullptr;                     // null: net::SharedClient()
  const Clock* clock = nullptr;                      // null: the system's
  std::function<Status(double seconds)> sleep = {};  // between tries; empty: SleepCancellable
};

class GcsClient {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // Errors: usage, for a bucket's name or an endpoint that is none.
  static Result<std::unique_ptr<GcsClient>> Make(GcsOptions options);

  const GcsOptions& options() const { return options_; }
  const std::string& uri() const { return uri_; }
  // Of an object; `prefix`: "/storage/v1", "/upload/storage/v1". Without a key: of all objects.
  std::string UrlOf(const std::string& prefix, const std::string& key,
                    const Parameters& parameters = {}) const;
  std::string UrlOfBucket() const;
  const std::string& endpoint() const { return endpoint_; }
  // The answer, whatever it says. Errors: the client's and the token's.
  Result<net::Response> Send(net::Request request, const CancelToken& cancel);
  // The JSON of a success; all else is an error.
  Result<nlohmann::json> Ask(net::Request request, const std::string& key,
                             const CancelToken& cancel);
  Status ErrorOf(const net::Request& request, const std::string& key,
                 const net::Response& response) const;
  Status Pause(int attempt, const CancelToken& cancel) const;

 private:
  GcsClient(GcsOptions options, std::string endpoint, bool is_emulator);

  const GcsOptions options_;
  const std::string uri_;
  const std::string endpoint_;
  const bool has_token_;
  net::Client& client_;
  AdaptiveLimit limit_;
  GoogleToken token_;
};

}  // namespace tideway::store
