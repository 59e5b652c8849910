// The contents in s3://softwareheritage/content/<SHA-1>, gzip.
//
// Asked for as nobody first, then with the keys that there are (store/s3/credentials.h), then, only
// with consent, as one who pays for it. Where S3 refuses one content and has given others, that one
// is denied, not all: it says so too of what is not there.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/store/s3/s3_client.h"
#include "core/swh/source.h"

namespace tideway::swh {

struct BucketOptions {
  store::Lookup environment;
  std::string endpoint = {};  // empty: AWS's own
  bool requester_pays = false;
  double spend_limit_usd = 0;
  std::string state = {};         // a folder for what was paid
  net::Client* client = nullptr;  // null: net::SharedClient()
  std::function<Status(double seconds)> sleep = {};
};

class Bucket : public Source {
 public:
  // Errors: usage, for an endpoint that is none, or paying without a limit.
  static Result<std::unique_ptr<Bucket>> Open(const BucketOptions& options);

  const char* name() const override { return "s3"; }
  Result<Answer> Read(const std::string& blob_id, int64_t most, const CancelToken& cancel) override;

  // By what way contents are given, tried with one that every archive has: "anonymous", "signed",
  // "requester_pays". Errors: auth, with the remedy.
  Result<std::string> Check(const CancelToken& cancel);

 private:
  struct Way {
    const char* name;
    std::unique_ptr<store::S3Client> client;
    std::atomic<bool> works = false;
  };
  struct Packed;

  Result<Packed> ReadBy(store::S3Client& client, const std::string& key, int64_t most,
                        const CancelToken& cancel);
  Status ReadPart(store::S3Client& client, const std::string& key, ByteRange range, Packed* packed,
                  const CancelToken& cancel);
  Result<Answer> Unpack(Packed packed, int64_t most);
  size_t FirstWay() const;
  bool AnyWorks() const;

  std::vector<std::unique_ptr<Way>> ways_;
};

}  // namespace tideway::swh
