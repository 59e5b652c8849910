#include "core/store/s3/credentials.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/secret.h"
#include "core/store/s3/credential_process.h"
#include "core/store/s3/profile_files.h"
#include "core/store/s3/remote_credentials.h"

namespace tideway::store {
namespace {

constexpr std::chrono::minutes kEarly{5};

FoundKeys FromEnvironment(const Lookup& environment) {
  const auto id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret) return {};
  return {.keys = {*id, *secret, environment("AWS_SESSION_TOKEN").value_or("")},
          .source = "AWS_ACCESS_KEY_ID"};
}

std::string Field(const Profile& profile, const char* key) {
  const auto found = profile.find(key);
  return found == profile.end() ? "" : found->second;
}

}  // namespace

Credentials::Credentials(CredentialOptions options, net::Client& client, const Clock& clock)
    : options_(std::move(options)), client_(client), clock_(clock) {}

Result<FoundKeys> Credentials::FromProfile() {
  const std::string name =
      options_.profile.empty() ? ProfileName(options_.environment) : options_.profile;
  ARROW_ASSIGN_OR_RAISE(const Profile profile, ReadProfile(options_.environment, name));
  const bool asked_for = !options_.profile.empty() || options_.environment("AWS_PROFILE");
  if (profile.empty() && asked_for) {
    return Error(ErrorKind::kAuth, fmt::format("store: no AWS profile `{}`", name))
        .Hint("see ~/.aws/config, or `aws configure list-profiles`");
  }
  const std::string source = "profile " + name;
  if (!Field(profile, "aws_access_key_id").empty()) {
    return FoundKeys{
        .keys = {Field(profile, "aws_access_key_id"), Field(profile, "aws_secret_access_key"),
                 Field(profile, "aws_session_token")},
        .source = source};
  }
  if (const std::string command = Field(profile, "credential_process"); !command.empty()) {
    ARROW_ASSIGN_OR_RAISE(FoundKeys found, KeysOfProcess(command));
    found.source = source;
    return found;
  }
  for (const char* key : {"role_arn", "sso_start_url", "sso_session"}) {
    if (Field(profile, key).empty()) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("store: the AWS profile `{}` needs {}, which is not supported", name,
                             key))
        .Hint(fmt::format("eval \"$(aws configure export-credentials --profile {} --format env)\"",
                          name));
  }
  return FoundKeys{};
}

Result<FoundKeys> Credentials::Find(const CancelToken& cancel) {
  if (options_.anonymous) return FoundKeys{};
  if (!options_.given.id.empty()) return FoundKeys{.keys = options_.given, .source = "the options"};
  if (options_.profile.empty()) {
    FoundKeys found = FromEnvironment(options_.environment);
    if (!found.keys.id.empty()) return found;
    ARROW_ASSIGN_OR_RAISE(found, KeysOfWebIdentity(options_.environment, client_, cancel));
    if (!found.keys.id.empty()) return found;
  }
  ARROW_ASSIGN_OR_RAISE(FoundKeys found, FromProfile());
  if (!found.keys.id.empty() || !options_.profile.empty()) return found;
  ARROW_ASSIGN_OR_RAISE(found, KeysOfContainer(options_.environment, client_, cancel));
  if (!found.keys.id.empty()) return found;
  return KeysOfMachine(options_.environment, client_, cancel);
}

Result<FoundKeys> Credentials::Get(const CancelToken& cancel) {
  std::lock_guard lock(mutex_);
  const bool expires = keys_.expires.count() > 0;
  if (found_ && (!expires || clock_.Now() + kEarly < keys_.expires)) return keys_;
  ARROW_ASSIGN_OR_RAISE(keys_, Find(cancel));
  RegisterSecret(keys_.keys.secret);
  RegisterSecret(keys_.keys.session_token);
  found_ = true;
  return keys_;
}

void Credentials::Forget() {
  std::lock_guard lock(mutex_);
  found_ = false;
}

}  // namespace tideway::store
