// What Google Cloud Storage does wrong, and what is asked of it, by a server that answers what it
// is told.
#include "core/store/gcs/gcs_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "core/base/file.h"
#include "core/net/testing_internal.h"
#include "core/store/backend_test.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

using net::testing::RawServer;
using net::testing::Say;
using testing::HasSubstr;
using testing::Not;

std::string NewRsaKey() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

class GcsStoreTest : public testing::Test {
 protected:
  GcsStoreTest() {
    environment_ = {{"HOME", folder_.path()}, {"NO_GCE_CHECK", "true"}};
    options_ = {.bucket = "bucket",
                .environment = [this](const std::string& name) -> std::optional<std::string> {
                  const auto found = environment_.find(name);
                  if (found == environment_.end()) return std::nullopt;
                  return found->second;
                },
                .state = folder_.path("state"),
                .endpoint = server_.url(""),
                .client = &client_,
                .sleep = [](double) { return Status::OK(); }};
  }
  std::shared_ptr<Store> Open() { return *OpenGcs(options_); }
  void WriteCredentials(const nlohmann::json& json) {
    environment_["GOOGLE_APPLICATION_CREDENTIALS"] = folder_.path("credentials.json");
    ASSERT_TRUE(WriteFileAtomic(folder_.path("credentials.json"), json.dump()).ok());
  }
  static net::testing::Answer Facts(int size) {
    return Say(200, fmt::format("{{\"name\":\"k\",\"size\":\"{}\",\"generation\":\"7\"}}", size));
  }
  Result<Object> Put(const std::string& text, const PutOptions& options = {}) {
    return Open()->Put("k", net::Body::Of(text), options, cancel_);
  }

  CancelToken cancel_;
  const TestFolder folder_;
  RawServer server_;
  net::Client client_{{.random = [] { return 0.0; }}};
  std::map<std::string, std::string> environment_;
  GcsOptions options_;
};

TEST_F(GcsStoreTest, AServiceAccountsKeyBecomesATokenOnce) {
  WriteCredentials({{"type", "service_account"},
                    {"client_email", "me@example.org"},
                    {"private_key_id", "id"},
                    {"private_key", NewRsaKey()},
                    {"token_uri", server_.url("/token")}});
  server_.Then(Say(200, "{\"access_token\":\"secret-token\",\"expires_in\":3600}"));
  server_.Then(Facts(3));
  server_.Then(Facts(3));
  const auto store = Open();
  EXPECT_TRUE(store->Head("k", cancel_).ok());
  EXPECT_TRUE(store->Head("k", cancel_).ok());
  ASSERT_EQ(server_.requests().size(), 3);
  EXPECT_THAT(server_.requests().at(0), HasSubstr("assertion=eyJ"));
  EXPECT_THAT(server_.requests().at(2), HasSubstr("Authorization: Bearer secret-token"));
}

TEST_F(GcsStoreTest, AUsersLoginBecomesAToken) {
  WriteCredentials({{"type", "authorized_user"},
                    {"client_id", "c"},
                    {"client_secret", "s/1"},
                    {"refresh_token", "refresh"},
                    {"token_uri", server_.url("/token")}});
  server_.Then(Say(200, "{\"access_token\":\"secret-token\",\"expires_in\":3600}"));
  server_.Then(Facts(3));
  EXPECT_TRUE(Open()->Head("k", cancel_).ok());
  EXPECT_THAT(server_.requests().at(0), HasSubstr("client_secret=s%2F1&refresh_token=refresh"));
}

TEST_F(GcsStoreTest, CredentialsThatGiveNoTokenAreErrorsOfAuth) {
  for (const nlohmann::json& json :
       {nlohmann::json{{"type", "external_account"}}, nlohmann::json("text"),
        nlohmann::json{{"type", "service_account"}, {"private_key", "no key"}}}) {
    WriteCredentials(json);
    EXPECT_EQ(KindOf(Open()->Head("k", cancel_).status()), ErrorKind::kAuth) << json;
  }
  EXPECT_EQ(server_.requests().size(), 0);
}

TEST_F(GcsStoreTest, AnEmulatorGetsNoToken) {
  WriteCredentials({{"type", "external_account"}});
  options_.endpoint = "";
  environment_["STORAGE_EMULATOR_HOST"] = fmt::format("127.0.0.1:{}", server_.port());
  server_.Then(Facts(3));
  EXPECT_TRUE(Open()->Head("k", cancel_).ok());
  EXPECT_THAT(server_.requests().at(0), Not(HasSubstr("Authorization")));
}

TEST_F(GcsStoreTest, BytesOfAComposedObjectAreCheckedByItsCrc) {
  const auto facts = [](const char* crc) {
    return Say(200, fmt::format("{{\"name\":\"k\",\"size\":\"9\",\"generation\":\"7\","
                                "\"crc32c\":\"{}\"}}",
                                crc));
  };
  const auto bytes = [](const char* text) {
    return Say(206, text, "Content-Range: bytes 0-8/9\r\nx-goog-generation: 7\r\n");
  };
  server_.Then(facts("4waSgw=="));
  server_.Then(bytes("123456789"));
  const auto object = GetFile(*Open(), "k", folder_.path("k"), {}, cancel_);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(object->crc32c, "e3069283");
  for (int tries = 0; tries < 2; ++tries) {
    server_.Then(facts("4waSgw=="));
    server_.Then(bytes("123456780"));
  }
  const Status changed = GetFile(*Open(), "k", folder_.path("k"), {}, cancel_).status();
  EXPECT_EQ(KindOf(changed), ErrorKind::kData);
  EXPECT_THAT(changed.message(), HasSubstr("which has 9 and e3069283"));
}

TEST_F(GcsStoreTest, KeysAreCheckedByGooglesRules) {
  for (const std::string& key :
       {std::string("."), std::string(".."), std::string("a\nb"), std::string("a\rb"),
        std::string(1025, 'x'), std::string(".well-known/acme-challenge/x")}) {
    EXPECT_EQ(KindOf(Open()->Head(key, cancel_).status()), ErrorKind::kUsage) << key;
  }
}

TEST_F(GcsStoreTest, AChunkThatWasLostIsAskedForAndGoneOnWith) {
  server_.Then(Say(200, "", "Location: " + server_.url("/session") + "\r\n"));
  server_.Then(Say(503));
  server_.Then(Say(308, "", "Range: bytes=0-1\r\n"));
  server_.Then(Facts(5));
  const auto put = Put("hello", {.if_absent = true});
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  EXPECT_THAT(server_.requests().at(2), HasSubstr("Content-Range: bytes */5"));
  EXPECT_THAT(server_.requests().at(3), HasSubstr("Content-Range: bytes 2-4/5"));
}

TEST_F(GcsStoreTest, AnUploadThatIsRefusedForGoodEnds) {
  server_.Then(Say(200, "", "Location: " + server_.url("/session") + "\r\n"));
  for (int i = 0; i < 5; ++i) server_.Then(Say(503));
  EXPECT_FALSE(Put("hello", {.if_absent = true}).ok());
  EXPECT_EQ(server_.requests().size(), 6);
}

TEST_F(GcsStoreTest, WhatArrivedOtherwiseIsAnError) {
  server_.Then(Say(200, "", "Location: " + server_.url("/session") + "\r\n"));
  server_.Then(Facts(4));
  EXPECT_EQ(KindOf(Put("hello", {.if_absent = true}).status()), ErrorKind::kData);
  server_.Then(Facts(4));
  EXPECT_EQ(KindOf(Put("hello").status()), ErrorKind::kData);
}

TEST_F(GcsStoreTest, ASmallObjectIsPutByOneRequestWhichIsTriedAgain) {
  server_.Then(Say(503));
  server_.Then(Facts(5));
  const auto put = Put("hello", {.content_type = "text/plain"});
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  ASSERT_EQ(server_.requests().size(), 2);
  const std::string request = server_.requests().at(1);
  EXPECT_THAT(request, HasSubstr("uploadType=multipart"));
  EXPECT_THAT(request, HasSubstr(R"("contentType":"text/plain","crc32c":"mnG7TA==")"));
  EXPECT_THAT(request, HasSubstr("\r\n\r\nhello\r\n--tideway-9a71bb4c--"));
}

TEST_F(GcsStoreTest, WhatIsSentCannotEndItsOwnRequest) {
  server_.Then(Facts(0));
  // Its CRC32C, after which the boundary is called, is 0.
  const std::string text =
      "\r\n--tideway-00000000--\r\n"
      "\x56\x21\x81\x29";
  EXPECT_EQ(KindOf(Put(text).status()), ErrorKind::kData);
  const std::string request = server_.requests().at(0);
  const size_t at = request.find("boundary=") + 9;
  const std::string boundary = request.substr(at, request.find("\r\n", at) - at);
  EXPECT_EQ(text.find(boundary), text.npos);
}

TEST_F(GcsStoreTest, ALargeObjectIsPutInChunks) {
  const std::string text(300 << 10, 'x');
  server_.Then(Say(200, "", "Location: " + server_.url("/session") + "\r\n"));
  server_.Then(Facts(300 << 10));
  EXPECT_TRUE(Put(text).ok());
  EXPECT_THAT(server_.requests().at(0), HasSubstr("uploadType=resumable"));
}

TEST_F(GcsStoreTest, AnObjectThatChangedWhileItWasReadIsAConflict) {
  server_.Then(Say(206, "lo", "Content-Range: bytes 3-4/5\r\nx-goog-generation: 8\r\n"));
  const Object object{.key = "k", .size = 5, .etag = "7"};
  const auto ignore = [](int64_t, std::string_view) { return Status::OK(); };
  EXPECT_EQ(KindOf(Open()->ReadRange(object, {3, 5}, ignore, cancel_)), ErrorKind::kConflict);
}

TEST_F(GcsStoreTest, AnAnswerThatIsNoJsonIsAnErrorOfData) {
  server_.Then(Say(200, "<html>"));
  EXPECT_EQ(KindOf(Open()->Head("k", cancel_).status()), ErrorKind::kData);
}

}  // namespace
}  // namespace tideway::store
