#include "core/swh/keep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "core/base/hash.h"
#include "core/swh/sha1.h"
#include "core/swh/testing_internal.h"

namespace tideway::swh {
namespace {

using testing::HasSubstr;

// Gives the answers that it was told.
class ToldSource : public Source {
 public:
  const char* name() const override { return "told"; }
  Result<Answer> Read(const std::string&, int64_t, const CancelToken&) override {
    ++reads;
    Answer answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::deque<Answer> answers;
  int reads = 0;
};

class KeepTest : public InFolder {
 protected:
  Result<Kept> Keep(const std::string& bytes, const std::string& encoding = "utf-8",
                    OnError on_error = OnError::kReplace, bool decode = true) {
    source_.answers.push_back({.bytes = bytes});
    return KeepAs(Sha1Hex(bytes), encoding, on_error, decode);
  }
  Result<Kept> KeepAs(const std::string& blob, const std::string& encoding = "utf-8",
                      OnError on_error = OnError::kReplace, bool decode = true) {
    Keeper keeper({.to = folder_, .language = "Lua", .decode = decode, .on_error = on_error},
                  source_, clock_);
    ARROW_ASSIGN_OR_RAISE(Kept kept, keeper.Keep(Row{{"blob_id", blob},
                                                     {"src_encoding", encoding},
                                                     {"extension", "lua"},
                                                     {"repo_name", "acme/a"},
                                                     {"path", "/x;y.lua"}},
                                                 1 << 20, cancel_));
    line_ = Row::parse(kept.line);
    return kept;
  }

  ToldSource source_;
  FakeClock clock_;
  CancelToken cancel_;
  Row line_;
};

TEST_F(KeepTest, AContentIsWrittenAndNoted) {
  ASSERT_EQ(Keep("hello\n")->state, "fetched");
  const std::string file = "raw/Lua/f5/f572d396fae9206628714fb2ce00f72e94f2258f.lua";
  EXPECT_EQ(TextIn(file), "hello\n");
  EXPECT_EQ(line_["file"], file);
  EXPECT_EQ(line_["sha256"], Sha256Hex("hello\n"));
  EXPECT_EQ(line_["size"], 6);
  EXPECT_EQ(line_["swhid"],
            "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a;origin=https://github.com/acme/a"
            ";path=/x%3By.lua");
  EXPECT_EQ(line_["source"], "told");
  EXPECT_EQ(line_["fetched_at"], "1970-01-01T00:00:00Z");
}

TEST_F(KeepTest, ABadHashIsReadOnceMore) {
  source_.answers = {{.bytes = "other"}, {.bytes = "text"}};
  EXPECT_EQ(KeepAs(Sha1Hex("text"))->state, "fetched");
  EXPECT_EQ(source_.reads, 2);
}

TEST_F(KeepTest, ABadHashTwiceIsPutAside) {
  source_.answers = {{.bytes = "other"}, {.bytes = "other"}};
  const std::string blob = Sha1Hex("text");
  EXPECT_EQ(KeepAs(blob)->state, "quarantined");
  EXPECT_EQ(TextIn("quarantine/" + blob), "other");
  EXPECT_THAT(line_["problem"], HasSubstr("the SHA-1 of what came is " + Sha1Hex("other")));
  EXPECT_FALSE(line_.contains("file"));
}

TEST_F(KeepTest, WhatIsNotGivenIsNotedWithTheReason) {
  for (const auto& [state, name] :
       {std::pair{Answer::State::kMissing, "missing"}, std::pair{Answer::State::kDenied, "denied"},
        std::pair{Answer::State::kTooLarge, "too_large"}}) {
    source_.answers = {{.state = state, .problem = "why"}};
    EXPECT_EQ(KeepAs(std::string(40, 'a'))->state, name);
    EXPECT_EQ(line_["problem"], "why");
  }
  EXPECT_EQ(source_.reads, 3);
}

TEST_F(KeepTest, TextIsDecoded) {
  ASSERT_TRUE(Keep("caf\xe9", "latin-1").ok());
  EXPECT_EQ(TextIn(line_["file"]), "café");
  EXPECT_EQ(line_["encoding"], "utf-8");
}

TEST_F(KeepTest, BytesAreKeptWhereThatIsWanted) {
  ASSERT_TRUE(Keep("caf\xe9", "latin-1", OnError::kStrict, /*decode=*/false).ok());
  EXPECT_EQ(TextIn(line_["file"]), "caf\xe9");
  EXPECT_EQ(line_["encoding"], "latin-1");
}

TEST_F(KeepTest, WhatIsNoTextIsReplacedLeftOutOrAnError) {
  EXPECT_EQ(Keep("a\xff", "utf-8")->replaced, 1);
  EXPECT_EQ(TextIn(line_["file"]), "a\uFFFD");
  EXPECT_EQ(Keep("a\xff", "utf-8", OnError::kSkip)->state, "undecodable");
  EXPECT_THAT(line_["problem"], HasSubstr("no UTF-8 from byte 1 on"));
  const Status status = Keep("a\xff", "utf-8", OnError::kStrict).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(),
              HasSubstr(Sha1Hex("a\xff") + ": encoding: no UTF-8 from byte 1 on"));
}

TEST_F(KeepTest, AnUnknownEncodingIsReadAsUtf8OrLeftOut) {
  EXPECT_EQ(Keep("é\xff", "klingon")->replaced, 1);
  EXPECT_EQ(Keep("é", "klingon", OnError::kSkip)->state, "undecodable");
}

TEST_F(KeepTest, AFolderThatCannotBeWrittenIsAnError) {
  Put("raw", "a file");
  EXPECT_FALSE(Keep("text").ok());
}

}  // namespace
}  // namespace tideway::swh
