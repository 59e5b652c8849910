#include "core/store/s3/credentials.h"

#include <gmock/gmock.h>

#include <map>

#include "core/base/file.h"
#include "core/net/testing_internal.h"
#include "core/store/backend_test.h"

namespace tideway::store {
namespace {

using net::testing::RawServer;
using net::testing::Say;
using testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    environment_ = {{"HOME", folder_.path()}, {"AWS_EC2_METADATA_DISABLED", "true"}};
  }
  Credentials Make() {
    options_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    return Credentials(options_, client_, clock_);
  }
  FoundKeys Find() {
    const auto keys = Make().Get(cancel_);
    EXPECT_TRUE(keys.ok()) << keys.status().ToString();
    return keys.ValueOr(FoundKeys{});
  }
  void WriteAws(const std::string& name, const std::string& text) {
    ASSERT_TRUE(MakeFolders(folder_.path(".aws")).ok());
    ASSERT_TRUE(WriteFileAtomic(folder_.path(".aws/" + name), text).ok());
  }

  CancelToken cancel_;
  const TestFolder folder_;
  RawServer server_;
  net::Client client_{{.random = [] { return 0.0; }}};
  FakeClock clock_{std::chrono::seconds(1767323045)};
  std::map<std::string, std::string> environment_;
  CredentialOptions options_;
};

TEST_F(CredentialsTest, WithoutAnyTheyAreNobodys) { EXPECT_EQ(Find().keys.id, ""); }

TEST_F(CredentialsTest, TheEnvironmentComesBeforeTheFiles) {
  WriteAws("credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = s\n");
  EXPECT_EQ(Find().keys.id, "file");
  environment_["AWS_ACCESS_KEY_ID"] = "env";
  EXPECT_EQ(Find().keys.id, "file");  // without its secret
  environment_["AWS_SECRET_ACCESS_KEY"] = "s";
  environment_["AWS_SESSION_TOKEN"] = "t";
  EXPECT_EQ(Find().keys.id, "env");
  EXPECT_EQ(Find().keys.session_token, "t");
}

TEST_F(CredentialsTest, AProfileOfEitherFileIsRead) {
  WriteAws("config",
           "# comment\n[profile work]\nregion = eu-north-1\naws_access_key_id=config\n"
           "aws_secret_access_key = a=b\ns3 =\n  addressing_style = path\n");
  environment_["AWS_PROFILE"] = "work";
  EXPECT_EQ(Find().keys.id, "config");
  EXPECT_EQ(Find().keys.secret, "a=b");
  EXPECT_EQ(Find().source, "profile work");
}

TEST_F(CredentialsTest, AProfileThatIsNotThereIsAnError) {
  environment_["AWS_PROFILE"] = "nowhere";
  EXPECT_EQ(KindOf(Make().Get(cancel_).status()), ErrorKind::kAuth);
}

TEST_F(CredentialsTest, AFileThatIsNoneIsAnError) {
  WriteAws("config", "[default]\nnonsense\n");
  const Status status = Make().Get(cancel_).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("line 2"));
}

TEST_F(CredentialsTest, RolesAndSingleSignOnAreToldToBeUnsupported) {
  WriteAws("config", "[default]\nrole_arn = x\nsource_profile = y\n");
  const Status status = Make().Get(cancel_).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(ErrorText(status), HasSubstr("export-credentials"));
}

TEST_F(CredentialsTest, AProgramGivesKeys) {
  WriteAws("config",
           "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"p\","
           "\"SecretAccessKey\":\"s\",\"Expiration\":\"2026-01-02T04:04:05Z\"}'\n");
  EXPECT_EQ(Find().keys.id, "p");
  for (const char* command : {"false", "echo nonsense", "echo '{}'", "true"}) {
    WriteAws("config", std::string("[default]\ncredential_process = ") + command + "\n");
    EXPECT_EQ(KindOf(Make().Get(cancel_).status()), ErrorKind::kAuth) << command;
  }
}

TEST_F(CredentialsTest, KeysOfAContainerAreRenewedFiveMinutesBeforeTheyExpire) {
  environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server_.url("/keys");
  environment_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "container-token";
  for (const char* id : {"one", "two"}) {
    server_.Then(Say(200, std::string("{\"AccessKeyId\":\"") + id +
                              "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                              "\"Expiration\":\"2026-01-02T03:34:05Z\"}"));
  }
  Credentials credentials = Make();
  EXPECT_EQ(credentials.Get(cancel_)->keys.id, "one");
  clock_.Advance(std::chrono::minutes(24));
  EXPECT_EQ(credentials.Get(cancel_)->keys.id, "one");
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(credentials.Get(cancel_)->keys.id, "two");
  EXPECT_THAT(server_.requests().at(0), HasSubstr("Authorization: container-token"));
}

TEST_F(CredentialsTest, AContainersAddressElsewhereMustBeHttps) {
  environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.org/keys";
  EXPECT_EQ(KindOf(Make().Get(cancel_).status()), ErrorKind::kUsage);
}

TEST_F(CredentialsTest, AMachineGivesTheKeysOfItsRole) {
  environment_.erase("AWS_EC2_METADATA_DISABLED");
  environment_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server_.url("");
  server_.Then(Say(200, "imds-token"));
  server_.Then(Say(200, "my-role"));
  server_.Then(Say(200, "{\"AccessKeyId\":\"m\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"}"));
  EXPECT_EQ(Find().keys.id, "m");
  EXPECT_THAT(server_.requests().at(2), HasSubstr("/iam/security-credentials/my-role"));
  EXPECT_THAT(server_.requests().at(2), HasSubstr("x-aws-ec2-metadata-token: imds-token"));
}

TEST_F(CredentialsTest, AWebIdentityIsExchanged) {
  ASSERT_TRUE(WriteFileAtomic(folder_.path("token"), "jwt-token\n").ok());
  environment_["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder_.path("token");
  environment_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  environment_["AWS_ENDPOINT_URL_STS"] = server_.url("");
  server_.Then(Say(200,
                   "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts/\"><R><Credentials>"
                   "<AccessKeyId>w</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                   "<SessionToken>t</SessionToken></Credentials></R>"
                   "</AssumeRoleWithWebIdentityResponse>"));
  EXPECT_EQ(Find().keys.id, "w");
  EXPECT_THAT(server_.requests().at(0), HasSubstr("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"));
  server_.Then(Say(403, "no"));
  EXPECT_EQ(KindOf(Make().Get(cancel_).status()), ErrorKind::kAuth);
}

}  // namespace
}  // namespace tideway::store
