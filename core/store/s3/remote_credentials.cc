#include "core/store/s3/remote_credentials.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/base/trim.h"
#include "core/store/s3/credential_process.h"
#include "core/store/s3/xml.h"

namespace tideway::store {
namespace {

net::Request Brief(std::string method, std::string url) {
  net::Request request{.method = std::move(method), .url = std::move(url)};
  request.max_redirects = 0;
  request.retry.tries = 1;
  request.time = {.dns_s = 1, .connect_s = 1, .first_byte_s = 1, .stall_s = 1};
  return request;
}

Status CheckContainerUrl(const std::string& url) {
  ARROW_ASSIGN_OR_RAISE(const net::Origin origin, net::OriginOf(url));
  const bool near = origin.host == "localhost" || origin.host.starts_with("127.") ||
                    origin.host == "[::1]" || origin.host == "169.254.170.23" ||
                    origin.host == "169.254.170.2";
  if (near || origin.scheme == "https") return Status::OK();
  return Error(ErrorKind::kUsage,
               "store: AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or on "
               "this machine: " +
                   net::RedactUrl(url));
}

}  // namespace

Result<FoundKeys> KeysOfWebIdentity(const Lookup& environment, net::Client& client,
                                    const CancelToken& cancel) {
  const auto file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto role = environment("AWS_ROLE_ARN");
  if (!file || !role) return FoundKeys{};
  ARROW_ASSIGN_OR_RAISE(std::string token, ReadFile(*file));
  token = std::string(Trim(token));
  RegisterSecret(token);
  const std::string form = fmt::format(
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}"
      "&WebIdentityToken={}",
      net::EncodeSegment(*role),
      net::EncodeSegment(environment("AWS_ROLE_SESSION_NAME").value_or("tideway")),
      net::EncodeSegment(token));
  net::Request request{
      .method = "POST",
      .url = environment("AWS_ENDPOINT_URL_STS").value_or("https://sts.amazonaws.com") + "/",
      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
      .body = net::Body::Of(form)};
  request.idempotent = true;
  ARROW_ASSIGN_OR_RAISE(const net::Response response, client.Send(request, cancel));
  if (!response.ok()) {
    return Error(ErrorKind::kAuth, net::ErrorOf(request, response).operator Status().message())
        .Hint("see AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE");
  }
  FoundKeys found{.source = "web identity"};
  RETURN_NOT_OK(ReadXml(response.body, [&](const std::string& path, const std::string& text) {
    if (path.ends_with("/Credentials/AccessKeyId")) found.keys.id = text;
    if (path.ends_with("/Credentials/SecretAccessKey")) found.keys.secret = text;
    if (path.ends_with("/Credentials/SessionToken")) found.keys.session_token = text;
    if (path.ends_with("/Credentials/Expiration")) found.expires = TimeOf(text);
  }));
  if (!found.keys.id.empty()) return found;
  return Error(ErrorKind::kAuth, "store: no keys in what the token service says");
}

Result<FoundKeys> KeysOfContainer(const Lookup& environment, net::Client& client,
                                  const CancelToken& cancel) {
  std::string url;
  if (const auto path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    url = "http://169.254.170.2" + *path;
  } else if (const auto full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    url = *full;
    RETURN_NOT_OK(CheckContainerUrl(url));
  } else {
    return FoundKeys{};
  }
  net::Request request{.url = url};
  request.max_redirects = 0;
  std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    ARROW_ASSIGN_OR_RAISE(token, ReadFile(*file));
  }
  token = std::string(Trim(token));
  RegisterSecret(token);
  if (!token.empty()) request.credentials.Set("Authorization", token);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, client.Send(request, cancel));
  if (!response.ok()) return net::ErrorOf(request, response);
  return KeysOfJson(response.body, "the container");
}

Result<FoundKeys> KeysOfMachine(const Lookup& environment, net::Client& client,
                                const CancelToken& cancel) {
  if (environment("AWS_EC2_METADATA_DISABLED") == "true") return FoundKeys{};
  const std::string base =
      environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  net::Request ask = Brief("PUT", base + "/latest/api/token");
  ask.headers.Set("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  const auto token = client.Send(ask, cancel);
  RETURN_NOT_OK(cancel.Check());
  if (!token.ok() || !token->ok()) return FoundKeys{};  // this is no such machine
  RegisterSecret(token->body);
  const std::string path = base + "/latest/meta-data/iam/security-credentials/";
  net::Request request = Brief("GET", path);
  request.credentials.Set("x-aws-ec2-metadata-token", token->body);
  ARROW_ASSIGN_OR_RAISE(const net::Response role, client.Send(request, cancel));
  if (!role.ok()) return FoundKeys{};  // a machine without a role
  request.url = path + std::string(Trim(role.body));
  ARROW_ASSIGN_OR_RAISE(const net::Response keys, client.Send(request, cancel));
  if (!keys.ok()) return net::ErrorOf(request, keys);
  return KeysOfJson(keys.body, "the machine's role");
}

}  // namespace tideway::store
