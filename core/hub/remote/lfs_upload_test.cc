#include "core/hub/remote/lfs_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Answer;
using net::testing::Say;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Json = nlohmann::json;

const char kBatch[] = "POST /datasets/ns/name.git/info/lfs/objects/batch";

class LfsUploadTest : public RemoteTest {
 protected:
  Status Send(const std::vector<UploadFile>& files) {
    Api api = MakeApi();
    return LfsUpload(api, repo_, "main", cancel_).Send(files);
  }
  void AnswerBatch(const std::vector<Json>& objects, const std::string& transfer = "basic") {
    server_.Then(Say(200, Json{{"transfer", transfer}, {"objects", objects}}.dump()));
  }
  Json Basic(const UploadFile& file, const std::string& path) const {
    return {{"oid", file.sha256}, {"actions", {{"upload", {{"href", storage_.url(path)}}}}}};
  }
  Json Parts(const UploadFile& file, const Json& chunk_size, const char* key, int count) const {
    Json header{{"chunk_size", chunk_size}};
    for (int i = 1; i <= count; ++i) {
      header[fmt::format(fmt::runtime(key), i)] = storage_.url(fmt::format("/part{}", i));
    }
    return {{"oid", file.sha256},
            {"actions", {{"upload", {{"href", storage_.url("/done")}, {"header", header}}}}}};
  }
  static std::string BodyOf(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }

  RawServer storage_;  // another origin than the Hub's
};

TEST_F(LfsUploadTest, ABatchNamesEachObjectOnceAndTheBranch) {
  const UploadFile a = FileOf("data/a", "aaa");
  const UploadFile same = FileOf("data/b", "aaa");
  AnswerBatch({{{"oid", a.sha256}, {"size", 3}}});
  ASSERT_STATUS(Send({a, same}));
  ASSERT_THAT(Calls(), ElementsAre(kBatch));
  EXPECT_THAT(server_.requests()[0], AllOf(HasSubstr("Accept: application/vnd.git-lfs+json"),
                                           HasSubstr("Content-Type: application/vnd.git-lfs+json"),
                                           HasSubstr("Authorization: Bearer hf_test")));
  const Json body = Json::parse(BodyOf(server_.requests()[0]));
  EXPECT_EQ(body["operation"], "upload");
  EXPECT_EQ(body["transfers"], Json({"basic", "multipart"}));
  EXPECT_EQ(body["objects"], Json::array({{{"oid", a.sha256}, {"size", 3}}}));
  EXPECT_EQ(body["ref"]["name"], "main");
}

TEST_F(LfsUploadTest, TheStorageGetsBytesLengthAndItsOwnHeadersButNoToken) {
  const UploadFile file = FileOf("data/a", "some bytes");
  Json object = Basic(file, "/put?X-Amz-Signature=abc");
  object["actions"]["upload"]["header"] = {{"x-extra", "1"}};
  object["actions"]["verify"] = {{"href", server_.url("/verify")}};
  AnswerBatch({object});
  storage_.Then(Say(200));
  server_.Then(Say(200, "{}"));
  ASSERT_STATUS(Send({file}));
  const std::string put = storage_.requests()[0];
  EXPECT_THAT(put, AllOf(HasSubstr("PUT /put?X-Amz-Signature=abc"), HasSubstr("Content-Length: 10"),
                         HasSubstr("x-extra: 1"), Not(HasSubstr("uthorization")),
                         Not(HasSubstr("chunked"))));
  EXPECT_EQ(BodyOf(put), "some bytes");
  const std::string verify = server_.requests()[1];
  EXPECT_THAT(verify, AllOf(HasSubstr("POST /verify"), HasSubstr("Authorization: Bearer hf_test")));
  EXPECT_EQ(Json::parse(BodyOf(verify)), Json({{"oid", file.sha256}, {"size", 10}}));
}

TEST_F(LfsUploadTest, PartsAreSlicesAndTheirTagsGoBackAsTheyCame) {
  struct Form {
    Json chunk_size;
    const char* key;
  };
  for (const Form& form : {Form{"4", "{:05d}"}, Form{4, "{}"}}) {
    const UploadFile file = FileOf("data/a", "aaaabbbbcc");
    AnswerBatch({Parts(file, form.chunk_size, form.key, 3)}, "multipart");
    // Every part gets the same tag: which is answered first is left to the threads.
    for (int i = 0; i < 3; ++i) storage_.Then(Say(200, "", "ETag: \"t-1\"\r\n"));
    storage_.Then(Say(200, "{}"));
    const size_t before = storage_.requests().size();
    ASSERT_STATUS(Send({file}));
    std::vector<std::string> slices;
    const auto requests = storage_.requests();
    for (size_t i = before; i < before + 3; ++i) {
      slices.push_back(requests[i].substr(4, 6) + BodyOf(requests[i]));
    }
    EXPECT_THAT(slices, UnorderedElementsAre("/part1aaaa", "/part2bbbb", "/part3cc"));
    const std::string done = requests[before + 3];
    EXPECT_THAT(done, AllOf(HasSubstr("POST /done"), Not(HasSubstr("uthorization"))));
    const Json body = Json::parse(BodyOf(done));
    EXPECT_EQ(body["oid"], file.sha256);
    ASSERT_EQ(body["parts"].size(), 3);
    EXPECT_EQ(body["parts"][2], Json({{"partNumber", 3}, {"etag", "\"t-1\""}}));
  }
}

TEST_F(LfsUploadTest, AnUploadThatBrokeOffGoesOnWithThePartsThatAreMissing) {
  const UploadFile file = FileOf("data/a", "aaaabbbbcc");
  const auto tag_of = [](std::string_view bytes) {
    Md5 hasher;
    hasher.Update(bytes);
    return fmt::format("ETag: \"{}\"\r\n", hasher.Finish());
  };
  AnswerBatch({Parts(file, 10, "{}", 1)}, "multipart");
  storage_.Then(Say(200, "", tag_of("aaaabbbbcc")));
  storage_.Then(Say(501));
  EXPECT_FAILS(Send({file}), ErrorKind::kNetwork, "501");
  AnswerBatch({Parts(file, 10, "{:05d}", 1)}, "multipart");
  storage_.Then(Say(200, "{}"));
  const size_t before = storage_.requests().size();
  ASSERT_STATUS(Send({file}));
  ASSERT_EQ(storage_.requests().size(), before + 1);
  EXPECT_THAT(storage_.requests().back(), HasSubstr("POST /done"));
  EXPECT_TRUE(fs::is_empty(folder_ / "state" / "uploads"));
}

TEST_F(LfsUploadTest, APartThatIsNotWhatItsTagSaysIsSentAgain) {
  const UploadFile file = FileOf("data/a", "aaaa");
  AnswerBatch({Parts(file, 4, "{}", 1)}, "multipart");
  storage_.Then(Say(200, "", "ETag: \"other\"\r\n"));
  storage_.Then(Say(501));
  EXPECT_FAILS(Send({file}), ErrorKind::kNetwork, "501");
  AnswerBatch({Parts(file, 4, "{}", 1)}, "multipart");
  storage_.Then(Say(200, "", "ETag: \"other\"\r\n"));
  storage_.Then(Say(200, "{}"));
  ASSERT_STATUS(Send({file}));
  EXPECT_THAT(storage_.requests()[2], HasSubstr("PUT /part1"));
}

TEST_F(LfsUploadTest, AnUploadThatTheStorageNoLongerKnowsStartsAnew) {
  const UploadFile file = FileOf("data/a", "aaaa");
  AnswerBatch({Parts(file, 4, "{}", 1)}, "multipart");
  storage_.Then(Say(200, "", "ETag: \"t\"\r\n"));
  storage_.Then(Say(501));
  EXPECT_FAILS(Send({file}), ErrorKind::kNetwork, "501");
  AnswerBatch({Parts(file, 4, "{}", 1)}, "multipart");
  storage_.Then(Say(404));
  storage_.Then(Say(200, "", "ETag: \"t\"\r\n"));
  storage_.Then(Say(200, "{}"));
  ASSERT_STATUS(Send({file}));
  EXPECT_THAT(storage_.requests()[3], HasSubstr("PUT /part1"));
  EXPECT_THAT(storage_.requests()[4], HasSubstr("POST /done"));
}

TEST_F(LfsUploadTest, AnAnswerThatBreaksTheProtocolIsAnError) {
  const UploadFile file = FileOf("data/a", "aaaabbbbcc");
  const auto refused = [&](const Json& object, const std::string& transfer, const char* words) {
    AnswerBatch({object}, transfer);
    EXPECT_FAILS(Send({file}), ErrorKind::kData, words);
  };
  refused(Parts(file, "4", "{}", 2), "multipart", "2 parts, and 10 bytes in parts of 4 are 3");
  refused(Parts(file, "4", "{}", 4), "multipart", "4 parts");
  refused(Parts(file, "x", "{}", 3), "multipart", "no chunk_size");
  refused(Parts(file, 0, "{}", 3), "multipart", "no chunk_size");
  refused(Parts(file, std::numeric_limits<int64_t>::max(), "{}", 3), "multipart", "are 1");
  refused(Basic(file, "/put"), "xet", "the transfer `xet`");
  refused({{"oid", "other"}}, "basic", "leaves it out");
  refused({{"oid", file.sha256}, {"actions", {{"upload", Json::object()}}}}, "basic", "no address");
  server_.Then(Say(200, "<html>"));
  EXPECT_FAILS(Send({file}), ErrorKind::kData, "leaves it out");
  EXPECT_EQ(storage_.connections(), 0);
}

TEST_F(LfsUploadTest, AnObjectThatTheServerRefusesIsNamedWithItsWords) {
  const UploadFile file = FileOf("data/a", "aaa");
  AnswerBatch({{{"oid", file.sha256}, {"error", {{"code", 422}, {"message", "too large"}}}}});
  EXPECT_FAILS(Send({file}), ErrorKind::kNetwork, "the server refuses data/a: 422 too large");
}

TEST_F(LfsUploadTest, AnExpiredAddressIsAskedForOnceMore) {
  const UploadFile file = FileOf("data/a", "aaa");
  AnswerBatch({Basic(file, "/old")});
  AnswerBatch({Basic(file, "/new")});
  storage_.Then(Say(403, "<Error><Code>AccessDenied</Code></Error>"));
  storage_.Then(Say(200));
  ASSERT_STATUS(Send({file}));
  EXPECT_THAT(storage_.requests()[1], HasSubstr("PUT /new"));

  AnswerBatch({Basic(file, "/old")});
  AnswerBatch({Basic(file, "/new")});
  for (int i = 0; i < 2; ++i) storage_.Then(Say(403));
  const Status refused = Send({file});
  EXPECT_FAILS(refused, ErrorKind::kNetwork, "refuses the address that the Hub gave, twice");
  EXPECT_THAT(GetErrorDetail(refused)->cause.message(), HasSubstr("answers 403"));
}

TEST_F(LfsUploadTest, AFileThatWasSentAheadAndLostIsAnError) {
  UploadFile file = FileOf("data/a", "aaa");
  file.sent = true;
  AnswerBatch({{{"oid", file.sha256}}});
  ASSERT_STATUS(Send({file}));
  AnswerBatch({Basic(file, "/put")});
  EXPECT_FAILS(Send({file}), ErrorKind::kNetwork, "data/a: the Hub has lost it");
  EXPECT_EQ(storage_.connections(), 0);
}

TEST_F(LfsUploadTest, WhatBreaksOffIsSentAgainFromItsStart) {
  const UploadFile file = FileOf("data/a", "some bytes");
  AnswerBatch({Basic(file, "/put")});
  storage_.Then({"", Answer::Then::kReset, true});
  storage_.Then(Say(503));
  storage_.Then(Say(201));
  ASSERT_STATUS(Send({file}));
  EXPECT_EQ(BodyOf(storage_.requests()[2]), "some bytes");
}

TEST_F(LfsUploadTest, AFileThatIsNotWhatItsHashNamesIsNoFile) {
  UploadFile file = FileOf("data/a", "before");
  WriteText(file.source, "after!");
  AnswerBatch({Basic(file, "/put")});
  storage_.Then(Say(200));
  EXPECT_FAILS(Send({file}), ErrorKind::kConflict, "changed while it was sent");
  WriteText(file.source, "longer than before");
  AnswerBatch({Basic(file, "/put")});
  EXPECT_FAILS(Send({file}), ErrorKind::kConflict, "changed while it was sent");
}

TEST_F(LfsUploadTest, TheFirstFailureEndsTheOthers) {
  std::vector<UploadFile> files;
  std::vector<Json> objects;
  for (int i = 0; i < 20; ++i) {
    files.push_back(FileOf(fmt::format("data/{}", i), fmt::format("bytes {}", i)));
    objects.push_back(Basic(files.back(), "/put"));
  }
  AnswerBatch(objects);
  for (int i = 0; i < 20; ++i) storage_.Then(Say(501));
  EXPECT_FAILS(Send(files), ErrorKind::kNetwork, "501");
  EXPECT_LT(storage_.requests().size(), 20);
}

TEST_F(LfsUploadTest, AnInterruptEndsWhatIsOnItsWay) {
  const UploadFile file = FileOf("data/a", "aaa");
  AnswerBatch({Basic(file, "/put")});
  storage_.Then({"", Answer::Then::kHang, true});
  std::thread user([&] {
    storage_.WaitForRequests(1);
    cancel_.Cancel();
  });
  EXPECT_FAILS(Send({file}), ErrorKind::kInterrupted, "interrupted");
  user.join();
}

TEST_F(LfsUploadTest, MoreThan256ObjectsAreAskedForInSeveralCalls) {
  std::vector<UploadFile> files;
  std::vector<Json> first, second;
  for (int i = 0; i < 300; ++i) {
    files.push_back(TextOf(fmt::format("data/{}", i), fmt::format("bytes {}", i)));
    (i < 256 ? first : second).push_back({{"oid", files.back().sha256}});
  }
  AnswerBatch(first);
  AnswerBatch(second);
  ASSERT_STATUS(Send(files));
  ASSERT_THAT(Calls(), ElementsAre(kBatch, kBatch));
  EXPECT_EQ(Json::parse(BodyOf(server_.requests()[0]))["objects"].size(), 256);
}

}  // namespace
}  // namespace tideway::hub::testing
