#include "core/net/download.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/net/testing_internal.h"

namespace tideway::net {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawServer;
using testing::Say;

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tideway-net-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~DownloadTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/file"; }
  Status Fetch() {
    Request request{.url = server_.url("/f")};
    request.retry.base_s = 0;
    return Download(client_, request, path(), cancel_);
  }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  // Half of "0123456789", of this version, then the end of the connection.
  static Answer Half(const std::string& version) {
    return {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" + version + "\r\n01234",
            Answer::Then::kClose};
  }

  std::string folder_;
  RawServer server_;
  CancelToken cancel_;
  Client client_;
};

TEST_F(DownloadTest, WhatBreaksOffGoesOnWhereItStopped) {
  for (const char* version :
       {"ETag: \"a\"\r\n", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"}) {
    server_.Then(Half(version));
    server_.Then(Say(206, "56789", "Content-Range: bytes 5-9/10\r\n"));
    ASSERT_TRUE(Fetch().ok());
    EXPECT_EQ(Text(), "0123456789");
    EXPECT_THAT(server_.requests().back(), HasSubstr("Range: bytes=5-\r\n"));
    EXPECT_THAT(server_.requests().back(), HasSubstr("If-Range: "));
  }
}

TEST_F(DownloadTest, WithoutAVersionItBeginsAgain) {
  for (const char* version : {"", "ETag: W/\"a\"\r\n"}) {
    server_.Then(Half(version));
    server_.Then(Say(200, "abc"));
    ASSERT_TRUE(Fetch().ok());
    EXPECT_EQ(Text(), "abc");
    EXPECT_THAT(server_.requests().back(), Not(HasSubstr("Range")));
  }
}

TEST_F(DownloadTest, AWholeAnswerInPlaceOfAPartTakesThePlaceOfWhatIsThere) {
  server_.Then(Half("ETag: \"a\"\r\n"));
  server_.Then(Say(200, "new", "ETag: \"b\"\r\n"));
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(Text(), "new");
}

TEST_F(DownloadTest, AnotherPartThanWasAskedForIsNotTaken) {
  for (const char* range : {"Content-Range: bytes 4-8/10\r\n", "Content-Range: bytes 50-54/60\r\n",
                            "Content-Range: nonsense\r\n", ""}) {
    server_.Then(Half("ETag: \"a\"\r\n"));
    server_.Then(Say(206, "xxxxx", range));
    server_.Then(Say(200, "0123456789"));
    ASSERT_TRUE(Fetch().ok()) << range;
    EXPECT_EQ(Text(), "0123456789") << range;
  }
}

TEST_F(DownloadTest, APartThatEndsBeforeTheFileIsGoneOnWith) {
  server_.Then(Half("ETag: \"a\"\r\n"));
  server_.Then(Say(206, "56", "Content-Range: bytes 5-6/10\r\nETag: \"a\"\r\n"));
  server_.Then(Say(206, "789", "Content-Range: bytes 7-9/10\r\n"));
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(Text(), "0123456789");
}

TEST_F(DownloadTest, APartOfAnotherVersionOrOneNobodyAskedForIsNotTaken) {
  server_.Then(Half("ETag: \"a\"\r\n"));
  server_.Then(Say(206, "xxxxx", "Content-Range: bytes 5-9/10\r\nETag: \"b\"\r\n"));
  server_.Then(Say(206, "01234", "Content-Range: bytes 0-4/10\r\nETag: \"b\"\r\n"));
  server_.Then(Say(200, "0123456789", "ETag: \"b\"\r\n"));
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(Text(), "0123456789");
}

TEST_F(DownloadTest, APartThatThereIsNotIsAskedForWhole) {
  server_.Then(Half("ETag: \"a\"\r\n"));
  server_.Then(Say(416));
  server_.Then(Say(200, "abc"));
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(Text(), "abc");
}

TEST_F(DownloadTest, AnAnswerThatIsNoSuccessIsAnErrorWithTheAddress) {
  server_.Then(Say(404, "gone"));
  const Status status = Fetch();
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  EXPECT_EQ(status.message(), "GET " + server_.url("/f") + ": the server answers 404: gone");
}

TEST_F(DownloadTest, AFileThatCannotBeWrittenIsAnErrorBeforeAnythingIsAsked) {
  folder_ += "/none";
  EXPECT_EQ(KindOf(Fetch()), ErrorKind::kNotFound);
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace tideway::net
