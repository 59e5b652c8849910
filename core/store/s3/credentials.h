// Whose keys requests to S3 are signed with, as AWS's own tools find them.
//
// The first that there is of: those given; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
// AWS_SESSION_TOKEN; a web identity (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN); the profile in
// ~/.aws (keys or credential_process); a container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or
// _FULL_URI); the machine's role (IMDSv2, unless AWS_EC2_METADATA_DISABLED). Keys that expire are
// renewed five minutes before. None: nobody's. Threads: any.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/net/client.h"
#include "core/store/s3/sign_v4.h"
#include "core/store/store.h"

namespace tideway::store {

struct FoundKeys {
  Keys keys = {};
  std::chrono::microseconds expires = {};  // zero: never
  std::string source = "none";             // "AWS_ACCESS_KEY_ID", "profile default", ...
};

struct CredentialOptions {
  Lookup environment;
  Keys given = {};           // with an id: nothing is looked for
  std::string profile = {};  // empty: ProfileName
  bool anonymous = false;    // nobody's, whatever there is
};

class Credentials {
 public:
  Credentials(CredentialOptions options, net::Client& client, const Clock& clock = SystemClock());

  // Blocks for those that have to be fetched. Errors: auth, for what is there and gives no keys;
  // usage, for a profile that needs what Tideway does not do (roles, single sign-on).
  Result<FoundKeys> Get(const CancelToken& cancel);
  // The server says that they have expired: the next Get finds others.
  void Forget();

 private:
  Result<FoundKeys> Find(const CancelToken& cancel);
  Result<FoundKeys> FromProfile();

  const CredentialOptions options_;
  net::Client& client_;
  const Clock& clock_;
  std::mutex mutex_;
  bool found_ = false;
  FoundKeys keys_;
};

}  // namespace tideway::store
