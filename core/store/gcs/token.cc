#include "core/store/gcs/token.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/store/base64.h"
#include "core/store/text_field.h"

namespace tideway::store {
namespace {

constexpr std::chrono::minutes kEarly{5};
constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr const char* kTokenUri = "https://oauth2.googleapis.com/token";

struct FreeKey {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

net::Request FormRequest(const std::string& url, const std::string& form) {
  net::Request request{.method = "POST",
                       .url = url,
                       .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                       .body = net::Body::Of(form)};
  request.idempotent = true;
  request.max_redirects = 0;
  return request;
}

}  // namespace

std::string CredentialFile(const Lookup& environment) {
  if (const auto path = environment("GOOGLE_APPLICATION_CREDENTIALS")) return *path;
  const std::string login =
      environment("HOME").value_or("") + "/.config/gcloud/application_default_credentials.json";
  return FileExists(login) ? login : "";
}

Result<std::string> SignRsa(const std::string& text, const std::string& pem) {
  const std::unique_ptr<BIO, FreeKey> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  std::string signature;
  bool ok = key != nullptr &&
            EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
            EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  if (ok) {
    signature.resize(size);
    ok = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                        bytes, text.size()) == 1;
  }
  if (!ok) return Error(ErrorKind::kAuth, "store: private_key of a service account is no RSA key");
  signature.resize(size);
  return signature;
}

Result<std::string> SignedToken(const std::string& key_id, const std::string& claims,
                                const std::string& pem) {
  const nlohmann::json header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key_id}};
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(claims);
  ARROW_ASSIGN_OR_RAISE(const std::string signature, SignRsa(text, pem));
  return text + "." + Base64Url(signature);
}

GoogleToken::GoogleToken(Lookup environment, net::Client& client, const Clock& clock)
    : environment_(std::move(environment)), client_(client), clock_(clock) {}

Result<std::string> GoogleToken::Get(const CancelToken& cancel) {
  std::lock_guard lock(mutex_);
  const bool fresh = expires_.count() == 0 || clock_.Now() + kEarly < expires_;
  if (found_ && fresh) return token_;
  ARROW_ASSIGN_OR_RAISE(token_, Fetch(cancel));
  found_ = true;
  return token_;
}

Result<std::string> GoogleToken::Fetch(const CancelToken& cancel) {
  const std::string file = CredentialFile(environment_);
  if (!file.empty()) return FromFile(file, cancel);
  if (environment_("NO_GCE_CHECK") == "true") return "";
  return FromMachine(cancel);
}

Result<std::string> GoogleToken::FromFile(const std::string& path, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const std::string type = json.is_object() ? TextField(json, "type") : "";
  std::string uri = json.is_object() ? TextField(json, "token_uri") : "";
  if (uri.empty()) uri = kTokenUri;
  std::string form;
  if (type == "service_account") {
    RegisterSecret(TextField(json, "private_key"));
    const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock_.Now()).count();
    const nlohmann::json claims{{"iss", TextField(json, "client_email")},
                                {"scope", kScope},
                                {"aud", uri},
                                {"iat", now},
                                {"exp", now + 3600}};
    ARROW_ASSIGN_OR_RAISE(const std::string token,
                          SignedToken(TextField(json, "private_key_id"), claims.dump(),
                                      TextField(json, "private_key")));
    RegisterSecret(token);
    form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + token;
  } else if (type == "authorized_user") {
    RegisterSecret(TextField(json, "refresh_token"));
    RegisterSecret(TextField(json, "client_secret"));
    form = fmt::format("grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
                       net::EncodeSegment(TextField(json, "client_id")),
                       net::EncodeSegment(TextField(json, "client_secret")),
                       net::EncodeSegment(TextField(json, "refresh_token")));
  } else {
    return Error(ErrorKind::kAuth, "store: neither a service account's key nor a user's: " + path)
        .Hint("see GOOGLE_APPLICATION_CREDENTIALS");
  }
  const net::Request request = FormRequest(uri, form);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Send(request, cancel));
  return Take(request, response);
}

Result<std::string> GoogleToken::FromMachine(const CancelToken& cancel) {
  net::Request request{
      .url = "http://" + environment_("GCE_METADATA_HOST").value_or("metadata.google.internal") +
             "/computeMetadata/v1/instance/service-accounts/default/token",
      .headers = {{"Metadata-Flavor", "Google"}}};
  request.max_redirects = 0;
  request.retry.tries = 1;
  request.time = {.dns_s = 1, .connect_s = 1, .first_byte_s = 3, .stall_s = 3};
  const auto response = client_.Send(request, cancel);
  RETURN_NOT_OK(cancel.Check());
  if (!response.ok() || !response->ok()) return "";  // this is no such machine
  return Take(request, *response);
}

Result<std::string> GoogleToken::Take(const net::Request& request, const net::Response& response) {
  if (!response.ok()) {
    const Status failed = net::ErrorOf(request, response);
    return Error(ErrorKind::kAuth, failed.message())
        .Hint("see GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth application-default login");
  }
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const std::string token = json.is_object() ? TextField(json, "access_token") : "";
  if (token.empty()) return Error(ErrorKind::kAuth, "store: Google's answer has no access_token");
  RegisterSecret(token);
  const auto seconds = json.find("expires_in");
  expires_ = {};
  if (seconds != json.end() && seconds->is_number()) {
    expires_ = clock_.Now() + std::chrono::seconds(seconds->get<int64_t>());
  }
  return token;
}

}  // namespace tideway::store
