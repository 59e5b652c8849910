#include "core/store/gcs/signed_url.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/net/url.h"
#include "core/store/gcs/token.h"
#include "core/store/text_field.h"

namespace tideway::store {
namespace {

std::string HexOf(const std::string& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Result<SigningAccount> FindSigningAccount(const Lookup& environment) {
  const std::string path = CredentialFile(environment);
  const Error none =
      Error(ErrorKind::kAuth, "store: only the key of a service account signs URLs of gs://")
          .Hint(
              "name its file by GOOGLE_APPLICATION_CREDENTIALS; or use s3:// with the endpoint "
              "https://storage.googleapis.com and HMAC keys");
  if (path.empty()) return none;
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("type", nlohmann::json()) != "service_account") return none;
  const std::string private_key = TextField(json, "private_key");
  RegisterSecret(private_key);
  return SigningAccount{TextField(json, "client_email"), private_key};
}

// https://cloud.google.com/storage/docs/authentication/signatures
Result<std::string> SignedUrl(const SigningAccount& account, const UrlToSign& what) {
  const std::string host = what.endpoint.substr(what.endpoint.find("://") + 3);
  const std::string time = FormatUtc(what.now, "%Y%m%dT%H%M%SZ");
  const std::string scope = FormatUtc(what.now, "%Y%m%d") + "/auto/storage/goog4_request";
  const std::string query = fmt::format(
      "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential={}&X-Goog-Date={}&X-Goog-Expires={}"
      "&X-Goog-SignedHeaders=host",
      net::EncodeSegment(account.email + "/" + scope), time, what.expires_s);
  const std::string canonical = fmt::format("{}\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
                                            what.method, what.path, query, host);
  ARROW_ASSIGN_OR_RAISE(
      const std::string signature,
      SignRsa(fmt::format("GOOG4-RSA-SHA256\n{}\n{}\n{}", time, scope, Sha256Hex(canonical)),
              account.private_key));
  return what.endpoint + what.path + "?" + query + "&X-Goog-Signature=" + HexOf(signature);
}

}  // namespace tideway::store
