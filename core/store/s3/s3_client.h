// Calls of S3's API on one bucket: where they go, signed, tried again as S3 asks for.
//
// A bucket in another region than assumed is found by the first answer; a clock that is off is set
// by the server's. Threads: any; they block.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/net/client.h"
#include "core/net/range_sink.h"
#include "core/store/adaptive_limit.h"
#include "core/store/s3/credentials.h"
#include "core/store/s3/payer.h"
#include "core/store/s3/sign_v4.h"
#include "core/store/store.h"

namespace tideway::store {

struct S3Options {
  std::string bucket;
  Lookup environment;
  std::string state = {};     // a folder for what the next process needs
  std::string endpoint = {};  // else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's; AWS
  std::string region = {};    // else AWS_REGION, AWS_DEFAULT_REGION, the profile's; us-east-1
  std::string profile = {};
  Keys keys = {};
  std::optional<bool> path_style = {};  // default: where there is an endpoint, or a dot in the name
  bool anonymous = false;
  bool requester_pays = false;
  double spend_limit_usd = 0;
  net::Client* client = nullptr;  // null: net::SharedClient()
  const Clock* clock = nullptr;   // null: the system's
  // Waits between tries; empty: SleepCancellable.
  std::function<Status(double seconds)> sleep = {};
};

struct S3Call {
  std::string method = "GET";
  std::string key = {};  // empty: the bucket itself
  Query query = {};
  net::Headers headers = {};
  std::optional<net::Body> body = {};
  std::shared_ptr<net::RangeSink> sink = {};
  std::string if_match = {};  // a part of just that content; else of that of the first answer
  bool idempotent = true;
};

// Why S3 refuses.
struct S3Fault {
  std::string code = {};  // "NoSuchKey"; empty: not told
  std::string message = {};
  std::string region = {};
};
S3Fault FaultOf(const net::Response& response);

class S3Client {
 public:
  // Errors: usage, for a bucket's name or an endpoint that is none.
  static Result<std::unique_ptr<S3Client>> Make(S3Options options);

  const S3Options& options() const { return options_; }
  const std::string& uri() const { return uri_; }
  // The answer, whatever it says; one that holds an error under the status 200 has that of a
  // failure (500). Errors: the client's and the credentials'.
  Result<net::Response> Send(const S3Call& call, const CancelToken& cancel);
  // The same for successes; all else is an error.
  Result<net::Response> Ask(const S3Call& call, const CancelToken& cancel);
  Status ErrorOf(const S3Call& call, const net::Response& response) const;
  Result<std::string> Presign(const std::string& key, const PresignOptions& options,
                              const CancelToken& cancel);
  std::string UrlOf(const std::string& key) const;
  std::string region() const;

 private:
  struct Address {
    std::string base;  // "https://host"
    std::string host;
    std::string path;  // "/" or "/bucket"
  };
  S3Client(S3Options options, std::string endpoint, bool path_style, std::string region);
  Address AddressNow() const;
  static std::string PathOf(const Address& address, const std::string& key);
  // One request of the client, by its rule; no more at once than the server takes.
  Result<net::Response> SendOnce(const S3Call& call, const CancelToken& cancel);
  Result<net::Request> RequestFor(const S3Call& call, const Keys& keys);
  Status SignBody(const S3Call& call, bool tls, net::Headers* headers) const;
  // Whether the call may be made again, now otherwise.
  Result<bool> Mend(const net::Response& response, const S3Fault& fault, int attempt,
                    const CancelToken& cancel);
  std::chrono::microseconds Now() const;

  const S3Options options_;
  const std::string uri_;
  const std::string endpoint_;  // empty: AWS's own
  const bool path_style_;
  net::Client& client_;
  const Clock& clock_;
  Credentials credentials_;
  std::unique_ptr<Payer> payer_;
  AdaptiveLimit limit_;
  mutable std::mutex mutex_;
  std::string region_;
  std::chrono::microseconds offset_{0};  // of the server's clock
  std::string source_ = "none";          // of the keys
};

}  // namespace tideway::store
