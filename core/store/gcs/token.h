// The tokens that requests to Google Cloud Storage are made with, as Google's own libraries find
// them.
//
// By the file of GOOGLE_APPLICATION_CREDENTIALS, else that of `gcloud auth application-default
// login`: a service account's key or a user's; else of the metadata server of Google's machines
// (GCE_METADATA_HOST, unless NO_GCE_CHECK is "true"). Renewed five minutes before they expire.
// Threads: any.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/net/client.h"
#include "core/store/store.h"

namespace tideway::store {

// The file that tokens come of; empty: there is none.
std::string CredentialFile(const Lookup& environment);

// The signature of `text` by the RSA key `pem` (SHA-256, PKCS #1 1.5). Errors: auth, for what is no
// such key.
Result<std::string> SignRsa(const std::string& text, const std::string& pem);
// A JSON web token (RFC 7519) signed by the RSA key `pem`. Errors: auth, for what is no such key.
Result<std::string> SignedToken(const std::string& key_id, const std::string& claims,
                                const std::string& pem);

class GoogleToken {
 public:
  GoogleToken(Lookup environment, net::Client& client, const Clock& clock = SystemClock());

  // Empty: nobody's. Blocks for one that has to be fetched. Errors: auth, for a file that gives
  // none.
  Result<std::string> Get(const CancelToken& cancel);

 private:
  Result<std::string> Fetch(const CancelToken& cancel);
  Result<std::string> FromFile(const std::string& path, const CancelToken& cancel);
  Result<std::string> FromMachine(const CancelToken& cancel);
  // Keeps what the answer gives.
  Result<std::string> Take(const net::Request& request, const net::Response& response);

  const Lookup environment_;
  net::Client& client_;
  const Clock& clock_;
  std::mutex mutex_;
  bool found_ = false;
  std::string token_;
  std::chrono::microseconds expires_{0};  // zero: never
};

}  // namespace tideway::store
