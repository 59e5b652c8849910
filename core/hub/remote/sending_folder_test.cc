#include "core/hub/remote/sending_folder.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Json = nlohmann::json;

class SendingFolderTest : public RemoteTest {
 protected:
  void SetUp() override {
    RemoteTest::SetUp();
    api_ = std::make_unique<Api>(
        Settings{.endpoint = server_.url(""), .state = (folder_ / "state").string()}, client_);
    sending_ = std::make_unique<SendingFolder>(Must(ScratchFolder::Create(folder_.string())), *api_,
                                               repo_, "main", 4, cancel_);
  }
  std::string Write(const std::string& name, const std::string& bytes) {
    const fs::path path = fs::path(sending_->path()) / name;
    WriteText(path, bytes);
    return path.string();
  }
  Result<bool> Take(const std::string& source, const std::string& bytes) {
    return sending_->Take(
        source, {"data/train.parquet", static_cast<int64_t>(bytes.size()), Sha256Hex(bytes)});
  }
  void Advise(const char* mode, bool ignored = false) {
    const Json advice{
        {"path", "data/train.parquet"}, {"uploadMode", mode}, {"shouldIgnore", ignored}};
    server_.Then(Say(200, Json{{"files", Json::array({advice})}}.dump()));
  }
  void Address(const std::string& bytes) {
    const Json upload{{"href", storage_.url("/put")}};
    const Json object{{"oid", Sha256Hex(bytes)}, {"actions", {{"upload", upload}}}};
    server_.Then(Say(200, Json{{"objects", Json::array({object})}}.dump()));
  }

  RawServer storage_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<SendingFolder> sending_;
};

TEST_F(SendingFolderTest, ALargeShardIsSentAndRemoved) {
  const std::string path = Write("shard", "bytes");
  Advise("lfs");
  Address("bytes");
  storage_.Then(Say(200));
  EXPECT_TRUE(Must(Take(path, "bytes")));
  ASSERT_STATUS(sending_->Settle());
  EXPECT_THAT(storage_.requests()[0], HasSubstr("bytes"));
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(SendingFolderTest, WhatIsSmallInlinedOrIgnoredStays) {
  EXPECT_FALSE(Must(Take(Write("small", "abc"), "abc")));
  EXPECT_THAT(server_.requests(), SizeIs(0));
  Advise("regular");
  EXPECT_FALSE(Must(Take(Write("inlined", "bytes"), "bytes")));
  Advise("lfs", true);
  EXPECT_FALSE(Must(Take(Write("ignored", "bytes"), "bytes")));
  ASSERT_STATUS(sending_->Settle());
  for (const char* name : {"small", "inlined", "ignored"}) {
    EXPECT_TRUE(fs::exists(fs::path(sending_->path()) / name));
  }
}

TEST_F(SendingFolderTest, AFailureIsToldByTheNextCall) {
  Advise("lfs");
  server_.Then(Say(403, "no"));
  EXPECT_TRUE(Must(Take(Write("first", "bytes"), "bytes")));
  server_.WaitForRequests(2);
  Advise("lfs");
  EXPECT_FAILS(Take(Write("second", "bytes"), "bytes"), ErrorKind::kAuth, "403");
}

TEST_F(SendingFolderTest, AnInterruptEndsTheSending) {
  Advise("lfs");
  Address("bytes");
  storage_.Then({"", net::testing::Answer::Then::kHang, true});
  EXPECT_TRUE(Must(Take(Write("shard", "bytes"), "bytes")));
  std::thread user([&] {
    storage_.WaitForRequests(1);
    cancel_.Cancel();
  });
  EXPECT_FAILS(sending_->Settle(), ErrorKind::kInterrupted, "interrupted");
  user.join();
}

TEST_F(SendingFolderTest, WhoLetsGoOfItGivesUpWhatIsOnItsWay) {
  Advise("lfs");
  Address("bytes");
  storage_.Then({"", net::testing::Answer::Then::kHang, true});
  EXPECT_TRUE(Must(Take(Write("shard", "bytes"), "bytes")));
  storage_.WaitForRequests(1);
  const std::string path = sending_->path();
  sending_.reset();
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace tideway::hub::testing
