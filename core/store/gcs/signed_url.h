// URLs of Google Cloud Storage by which anyone may do one thing for a time (V4 signing, RSA).
//
//   ARROW_ASSIGN_OR_RAISE(const SigningAccount account, FindSigningAccount(environment));
//   const auto url = SignedUrl(account, {"GET", "https://storage.googleapis.com", "/b/k", 600,
//   now});
//
// Thread safety: functions of their arguments.
#pragma once

#include <chrono>
#include <string>

#include "core/store/store.h"

namespace tideway::store {

// A service account: no other key signs.
struct SigningAccount {
  std::string email;
  std::string private_key;  // PEM
};
// Of the file that tokens come of (token.h). Errors: auth, where there is none, or another's.
Result<SigningAccount> FindSigningAccount(const Lookup& environment);

struct UrlToSign {
  std::string method;
  std::string endpoint;  // "https://storage.googleapis.com"
  std::string path;      // encoded
  int64_t expires_s = 3600;
  std::chrono::microseconds now;
};
// Errors: auth, for what is no RSA key.
Result<std::string> SignedUrl(const SigningAccount& account, const UrlToSign& what);

}  // namespace tideway::store
