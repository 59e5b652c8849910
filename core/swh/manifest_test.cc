#include "core/swh/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/swh/testing_internal.h"

namespace tideway::swh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kFile = "Lua_manifest.jsonl";

std::string Blob(char digit) { return std::string(40, digit); }

class ManifestTest : public InFolder {
 protected:
  std::unique_ptr<Manifest> Open(size_t batch = 1, std::string again = "") {
    auto manifest =
        Manifest::Open({.to = folder_,
                        .language = "Lua",
                        .batch = batch,
                        .again = [again](const std::string& state) { return state == again; }});
    EXPECT_TRUE(manifest.ok()) << manifest.status().ToString();
    return manifest.ok() ? *std::move(manifest) : nullptr;
  }
  static std::string Line(char digit, const std::string& state = "missing") {
    return Row{{"blob_id", Blob(digit)}, {"state", state}}.dump();
  }
  std::string Fetched(char digit, int64_t size) {
    const std::string file = std::string("raw/") + digit;
    return Row{{"blob_id", Blob(digit)}, {"state", "fetched"}, {"file", file}, {"size", size}}
        .dump();
  }
  std::vector<char> Noted() {
    std::vector<char> digits;
    EXPECT_TRUE(ReadManifest(folder_ + "/" + kFile, [&](const Row& row) {
                  digits.push_back(TextOf(row, "blob_id")[0]);
                  return Status::OK();
                }).ok());
    return digits;
  }
};

TEST_F(ManifestTest, WhatIsNotedIsNotNewForTheNext) {
  {
    const auto manifest = Open();
    EXPECT_TRUE(manifest->Claim(Blob('a')));
    EXPECT_FALSE(manifest->Claim(Blob('a')));
    ASSERT_TRUE(manifest->Add(0, Line('a')).ok());
  }
  const auto manifest = Open();
  EXPECT_FALSE(manifest->Claim(Blob('a')));
  EXPECT_TRUE(manifest->Claim(Blob('b')));
}

TEST_F(ManifestTest, LinesComeInTheOrderOfTheirNumbers) {
  const auto manifest = Open();
  ASSERT_TRUE(manifest->Add(2, Line('c')).ok());
  ASSERT_TRUE(manifest->Add(0, Line('a')).ok());
  EXPECT_THAT(Noted(), ElementsAre('a'));
  ASSERT_TRUE(manifest->Add(1, Line('b')).ok());
  EXPECT_THAT(Noted(), ElementsAre('a', 'b', 'c'));
}

TEST_F(ManifestTest, TwoBatchesWaitForALineThatIsLateAndNoMore) {
  const auto manifest = Open();
  ASSERT_TRUE(manifest->Add(1, Line('b')).ok());
  ASSERT_TRUE(manifest->Add(2, Line('c')).ok());
  EXPECT_EQ(TextIn(kFile), "");
  ASSERT_TRUE(manifest->Add(4, Line('e')).ok());
  EXPECT_THAT(Noted(), ElementsAre('b', 'c', 'e'));
  ASSERT_TRUE(manifest->Add(0, Line('a')).ok());
  ASSERT_TRUE(manifest->Add(3, Line('d')).ok());
  EXPECT_THAT(Noted(), ElementsAre('b', 'c', 'e', 'a', 'd'));
}

TEST_F(ManifestTest, LinesAreWrittenInBatchesAndAtTheEnd) {
  const auto manifest = Open(/*batch=*/2);
  ASSERT_TRUE(manifest->Add(0, Line('a')).ok());
  EXPECT_EQ(TextIn(kFile), "");
  ASSERT_TRUE(manifest->Add(1, Line('b')).ok());
  EXPECT_THAT(Noted(), ElementsAre('a', 'b'));
  ASSERT_TRUE(manifest->Add(5, Line('c')).ok());
  ASSERT_TRUE(manifest->Finish().ok());
  EXPECT_THAT(Noted(), ElementsAre('a', 'b', 'c'));
}

TEST_F(ManifestTest, ALastLineThatIsCutOffDoesNotCount) {
  Put(kFile, Line('a') + "\n" + Line('b').substr(0, 20));
  const auto manifest = Open();
  EXPECT_TRUE(manifest->Claim(Blob('b')));
  ASSERT_TRUE(manifest->Add(0, Line('c')).ok());
  EXPECT_EQ(TextIn(kFile), Line('a') + "\n" + Line('c') + "\n");
}

TEST_F(ManifestTest, ABrokenLineIsAnErrorThatNamesIt) {
  for (const std::string& broken :
       {std::string("{"), std::string(), std::string("[]"), std::string(R"({"blob_id": "xyz"})")}) {
    Put(kFile, Line('a') + "\n" + broken + "\n" + Line('b') + "\n");
    const Status status = Manifest::Open({.to = folder_, .language = "Lua"}).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    EXPECT_THAT(status.message(), HasSubstr("line 2 of the manifest makes no sense"));
  }
}

TEST_F(ManifestTest, LinesWhoseFileIsNotAsNotedGo) {
  Put("raw/a", "12345");
  Put("raw/b", "1234");
  Put(kFile, Fetched('a', 5) + "\n" + Fetched('b', 5) + "\n" + Fetched('c', 5) + "\n");
  const auto manifest = Open();
  EXPECT_THAT(Noted(), ElementsAre('a'));
  EXPECT_FALSE(manifest->Claim(Blob('a')));
  EXPECT_TRUE(manifest->Claim(Blob('b')));
  EXPECT_TRUE(manifest->Claim(Blob('c')));
}

TEST_F(ManifestTest, LinesToBeTriedAgainAndRepeatedOnesGo) {
  Put(kFile, Line('a') + "\n" + Line('b', "quarantined") + "\n" + Line('a') + "\n");
  const auto manifest = Open(1, "quarantined");
  EXPECT_THAT(Noted(), ElementsAre('a'));
  EXPECT_TRUE(manifest->Claim(Blob('b')));
}

TEST_F(ManifestTest, WhoDidNotFinishIsNoticedByTheNext) {
  EXPECT_FALSE(Open()->was_interrupted());
  EXPECT_TRUE(Open()->was_interrupted());
  ASSERT_TRUE(Open()->Finish().ok());
  EXPECT_FALSE(Open()->was_interrupted());
}

TEST_F(ManifestTest, OneProcessAtATimeAdds) {
  const auto manifest = Open();
  const Status status = Manifest::Open({.to = folder_, .language = "Lua"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_THAT(status.message(), HasSubstr("another process downloads Lua into"));
  EXPECT_TRUE(Manifest::Open({.to = folder_, .language = "C"}).ok());
}

}  // namespace
}  // namespace tideway::swh
