// Tokens, assigned secrets, private keys, credentials.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pii/testing_internal.h"

namespace tideway::pii {
namespace {

using ::testing::ElementsAre;
using testing::Found;
using ::testing::IsEmpty;
using testing::Texts;

// Made here, so that no scanner takes this file's text for a live token.
const std::string kGithub = std::string("ghp") + "_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5";
const std::string kAws = std::string("AKIA") + "Q7ZK3M2XH5NV4TB6";
const std::string kToken = "q7Zk3M2xH5nV4tB6yR8w";

TEST(PiiToken, IsFoundInAnyQuotes) {
  EXPECT_THAT(Found("t = '" + kGithub + "'"), ElementsAre("api_key:" + kGithub));
  EXPECT_THAT(Found(kAws + " leaked"), ElementsAre("api_key:" + kAws));
  EXPECT_THAT(Found("TOKEN=" + kGithub + "\n"), ElementsAre("api_key:" + kGithub));
  EXPECT_THAT(Found("{\"a\": \"x\\n" + kGithub + "\"}"), ElementsAre("api_key:" + kGithub));
}

TEST(PiiToken, IsNoneWhenCutOrJoined) {
  for (const std::string& text :
       Texts{kGithub.substr(0, 30), "x" + kGithub, "_" + kGithub, kAws + "A", kAws.substr(0, 19),
             std::string("AKIA") + "IOSFODNN7EXAMPLE", std::string("ghp_") + std::string(36, 'x'),
             std::string("task-") + std::string(32, 'a'),
             std::string("ghp_") + "FAKE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5b"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiSecret, IsFoundInAssignmentsOfManyForms) {
  for (const std::string& before :
       Texts{"password = \"", "DB_PASSWORD='", "\"client_secret\": \"",
             "os.environ[\"API_TOKEN\"] = \"", "setenv(\"APP_SECRET\", \"", "#define AUTH_TOKEN \"",
             "authToken := `", "const apiKey = process.env.K || \"", "secret: str = \"",
             "token => \"", "std::string auth_token{\"", "secret = SecretStr(\"",
             "{\\\"password\\\": \\\"", "password = r\"", "x-api-key: \""}) {
    const std::string close = before.ends_with("`")      ? "`"
                              : before.ends_with("'")    ? "'"
                              : before.ends_with("\\\"") ? "\\\""
                                                         : "\"";
    EXPECT_THAT(Found(before + kToken + close + ";"), ElementsAre("secret:" + kToken)) << before;
  }
  EXPECT_THAT(Found("export DB_PASSWORD=" + kToken + "\n"), ElementsAre("secret:" + kToken));
  EXPECT_THAT(Found("db.password: " + kToken), ElementsAre("secret:" + kToken));
  EXPECT_THAT(Found("user,password\nana," + kToken + "\n"), ElementsAre("secret:" + kToken));
}

TEST(PiiSecret, IsNoPlaceholderNoNameNoWord) {
  for (const std::string& text : Texts{
           "password = \"\"", "password = None", "password = \"changeme123!A\"",
           "token = \"<your-Token-1>\"", "secret = \"${Se1cret}\"", "password = getpass.getpass()",
           "password = request.form['password']", "token = tokens[i + 1]", "secret = \"sunflower\"",
           "password == \"aB3!dE5fG7\"", "token_type = \"" + kToken + "\"",
           "cache_key = \"" + kToken + "\"", "tokens = \"" + kToken + "\"",
           "Secret::aB3dE5fG7hJ9kL1mN3pQ", "token = \"7d9f2c1a-1b2c-4d3e-8f90-a1b2c3d4e5f6\"",
           "secret = \"aaaaaaaaaaaaaaaaaaaaaaaa\"", "password: " + std::string(600, 'a'),
           "password = \"no quote ends", "password"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiSecret, IsFoundInAuthorizationHeaders) {
  EXPECT_THAT(Found("Authorization: Bearer " + kToken), ElementsAre("secret:" + kToken));
  EXPECT_THAT(Found("headers[\"Authorization\"] = \"Basic YW5hOng3WmszTTJ4\""),
              ElementsAre("secret:YW5hOng3WmszTTJ4"));
  for (const std::string& text :
       Texts{"Authorization: Bearer <token>", "Authorization: Basic Zm9vYmFy",
             "Authorization: Bearer \" + token", "Authorization: " + kToken, "Authorization"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

const std::string kBody =
    "MIIEpAIBAAKCAQEA7bq8Z2Kx1vPq5Rw9Jd4Lm6Tn8Yc3Hf0Gs2Ae5Bu7Xi9Ok1Wj\n"
    "3Zr6Vt8Qp4Nm2Lk0Jh7Gf5Ds3Aa1Po9Iu7Yt5Re3Wq1==\n";

TEST(PiiPrivateKey, IsFoundAsAWhole) {
  for (const std::string& kind : Texts{"", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "}) {
    const std::string key = "-----BEGIN " + kind + "PRIVATE KEY-----\n" + kBody + "-----END " +
                            kind + "PRIVATE KEY-----";
    EXPECT_THAT(Found("k = \"\"\"" + key + "\n\"\"\""), ElementsAre("private_key:" + key));
  }
}

TEST(PiiPrivateKey, ThatIsCutIsFoundToItsLastByte) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n" + kBody;
  EXPECT_THAT(Found(key), ElementsAre("private_key:" + key));
  EXPECT_THAT(Found(key + "<cut>"), ElementsAre("private_key:" + key));
}

TEST(PiiPrivateKey, IsNoneWithoutABody) {
  for (const std::string& text :
       Texts{"-----BEGIN PRIVATE KEY-----",
             "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----",
             "-----BEGIN PUBLIC KEY-----\n" + kBody + "-----END PUBLIC KEY-----",
             "-----BEGIN CERTIFICATE-----\n" + kBody + "-----END CERTIFICATE-----",
             "if line == \"-----BEGIN RSA PRIVATE KEY-----\": "
             "start_of_the_private_key_body_is_here_and_it_is_long()",
             "----BEGIN PRIVATE KEY----\n" + kBody}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiJwt, NeedsAHeaderWithAnAlgorithm) {
  const std::string payload = ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
                    signature = "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
  const std::string good = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + payload + signature;
  EXPECT_THAT(Found("Bearer " + good), ElementsAre("jwt:" + good));
  EXPECT_THAT(Found("token = \"" + good + "\""), ElementsAre("jwt:" + good));
  for (const std::string& text :
       Texts{"eyJhIjoxfQ" + payload + signature, good.substr(0, 50), "eyJ.eyJ.abc", "x" + good,
             std::string("eyJhbGciOiJIUzI1NiJ9.") + signature}) {
    EXPECT_THAT(Found(text, {.kinds = {"jwt"}}), IsEmpty()) << text;
  }
}

TEST(PiiConnection, HidesUserAndPassword) {
  EXPECT_THAT(Found("postgresql://app:s7Kd92mX@db.site.com:5432/x"),
              ElementsAre("connection_string:app:s7Kd92mX"));
  EXPECT_THAT(Found("redis://:s7Kd92mX@cache:6379/0"), ElementsAre("connection_string::s7Kd92mX"));
  EXPECT_THAT(Found("https://ana:s7K@d92mX@site.com/"),
              ElementsAre("connection_string:ana:s7K@d92mX"));
  EXPECT_THAT(Found("Server=db;User Id=sa;Password=s7Kd92mX;"),
              ElementsAre("connection_string:s7Kd92mX"));
  EXPECT_THAT(Found("jdbc:mysql://db/x?user=a&password=s7Kd92mX&b=c"),
              ElementsAre("connection_string:s7Kd92mX"));
}

TEST(PiiConnection, IsNoneWithoutAPassword) {
  for (const std::string& text :
       Texts{"https://site.com:8080/a@b", "https://ana@site.com", "mysql://root:@db",
             "postgres://app:${PW}@db", "amqp://guest:guest@mq", "http://user:password@host",
             "mongodb://<u>:<p>@h", "x://%s:%s@%s", "redis://localhost:6379", "://a:b1c2d3@e",
             "https://site.com/x:y@z", "Server=db;Trusted=True;"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace tideway::pii
