// Folders of objects, over each member of store/.
#include "core/store/folder_copy.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/store/backend_test.h"
#include "core/store/folder_walk.h"
#include "core/store/same_content.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FolderCopyTest : public testing::TestWithParam<BackendFactory> {
 protected:
  FolderCopyTest() : backend_(GetParam().make()), store_(backend_->store()) {
    EXPECT_TRUE(store_->CreateBucket(cancel_).ok());
  }

  void Put(const std::string& key, const std::string& text) {
    const auto object = store_->Put(key, net::Body::Of(text), {}, cancel_);
    EXPECT_TRUE(object.ok()) << object.status().ToString();
  }
  void Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path("in/" + name);
    ASSERT_TRUE(MakeFolders(ParentOf(path)).ok());
    std::ofstream(path) << text;
  }
  std::string Read(const std::string& name) {
    return ReadFile(folder_.path("out/" + name)).ValueOr("none");
  }
  Copied Get(const std::string& prefix, FolderCopyOptions options = {}) {
    auto copied = Download(*store_, prefix, folder_.path("out"), options, cancel_);
    EXPECT_TRUE(copied.ok()) << copied.status().ToString();
    return copied.ValueOr(Copied{});
  }
  Copied Send(const std::string& prefix, FolderCopyOptions options = {}) {
    auto copied = Upload(*store_, folder_.path("in"), prefix, options, cancel_);
    EXPECT_TRUE(copied.ok()) << copied.status().ToString();
    return copied.ValueOr(Copied{});
  }
  // Whether listings tell enough to know a file again.
  bool tells_md5() const { return std::string(GetParam().name) != "Folder"; }

  CancelToken cancel_;
  const TestFolder folder_;
  const std::unique_ptr<Backend> backend_;
  const std::shared_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Store, FolderCopyTest, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(FolderCopyTest, AFolderGoesAndComesBack) {
  for (const char* name : {"a.csv", "b/c d.csv", "b/é.csv", "b-/x", "empty", "z/y/x"}) {
    Write(name, std::string(name) == "empty" ? "" : name);
  }
  const Copied sent = Send("data");
  EXPECT_EQ(sent.objects, 6);
  EXPECT_TRUE(sent.status().ok());
  EXPECT_EQ(*GetText(*store_, "data/b/c d.csv", 100, cancel_), "b/c d.csv");
  Put("database", "of another name");
  const Copied got = Get("data/");
  EXPECT_EQ(got.objects, 6);
  EXPECT_EQ(got.bytes, sent.bytes);
  EXPECT_EQ(Read("b/é.csv"), "b/é.csv");
  EXPECT_EQ(Read("empty"), "");
  EXPECT_EQ(Read("base"), "none");
}

TEST_P(FolderCopyTest, WhatIsThereWithTheSameContentIsLeft) {
  for (const char* name : {"a", "b/c", "d"}) Write(name, name);
  Send("p");
  EXPECT_EQ(Send("p").skipped, tells_md5() ? 3 : 0);
  EXPECT_EQ(Send("p", {.always = true}).objects, 3);
  Write("d", "D");
  EXPECT_EQ(Send("p").objects, tells_md5() ? 1 : 3);
  Get("p");
  EXPECT_EQ(Get("p").skipped, tells_md5() ? 3 : 0);
  ASSERT_TRUE(WriteFileAtomic(folder_.path("out/d"), "X").ok());
  Get("p");
  EXPECT_EQ(Read("d"), "D");
  EXPECT_EQ(Get("p", {.always = true}).objects, 3);
}

TEST_P(FolderCopyTest, ADryRunTellsOfEachAndChangesNothing) {
  for (const char* name : {"a", "b/c"}) Write(name, name);
  std::mutex mutex;
  std::map<std::string, std::pair<std::string, bool>> told;
  const FolderCopyOptions options{.dry_run = true, .each = [&](const CopiedFile& file) {
                                    std::lock_guard lock(mutex);
                                    told[file.key] = {file.path, file.copied};
                                  }};
  EXPECT_EQ(Send("p", options).objects, 2);
  EXPECT_EQ(told["p/b/c"], std::pair(folder_.path("in/b/c"), true));
  EXPECT_EQ(Send("p").objects, 2);
  EXPECT_EQ(Get("p", options).objects, 2);
  EXPECT_EQ(told["p/a"], std::pair(CanonicalPath(folder_.path("out/a")), true));
  EXPECT_FALSE(FileExists(folder_.path("out")));
  Send("p", options);
  EXPECT_EQ(told["p/a"].second, !tells_md5());
}

TEST_P(FolderCopyTest, PutsTakeTheirOptions) {
  Write("a", "a");
  Send("p", {.put = {.if_absent = true}});
  const Copied again = Send("p", {.always = true, .put = {.if_absent = true}});
  EXPECT_EQ(again.failed, 1);
  EXPECT_THAT(again.status().message(), HasSubstr("is there already"));
}

TEST_P(FolderCopyTest, ManyObjectsComeOverManyPages) {
  constexpr int kFiles = 130, kPage = 20;
  for (int i = 0; i < kFiles; ++i) Write(fmt::format("{}/{}", i % 7, i), std::to_string(i));
  EXPECT_EQ(Send("").objects, kFiles);
  EXPECT_EQ(Send("", {.page_objects = kPage}).skipped, tells_md5() ? kFiles : 0);
  std::atomic<int> told{0};
  const FolderCopyOptions options{.page_objects = kPage,
                                  .each = [&told](const CopiedFile&) { ++told; }};
  EXPECT_EQ(Get("", options).objects, kFiles);
  EXPECT_EQ(told, kFiles);
  for (int i = 0; i < kFiles; ++i) {
    EXPECT_EQ(Read(fmt::format("{}/{}", i % 7, i)), std::to_string(i));
  }
}

TEST_P(FolderCopyTest, LargeAndSmallComeTogether) {
  const std::string large(40 << 20, 'x');
  Write("large", large);
  Write("medium", large.substr(0, 3 << 20));
  Write("small", "s");
  EXPECT_EQ(Send("p").objects, 3);
  EXPECT_EQ(Get("p").objects, 3);
  EXPECT_TRUE(Read("large") == large);
  EXPECT_TRUE(Read("medium") == large.substr(0, 3 << 20));
  EXPECT_EQ(Get("p").skipped, tells_md5() ? 3 : 0);
}

TEST_P(FolderCopyTest, AKeyThatIsNoPathIsToldAndTheRestComes) {
  if (!backend_->takes_any_key()) return;
  Put("p/a", "a");
  Put("p/b", "b");
  if (std::string(GetParam().name) == "S3") return;  // its server keeps objects in folders
  Put("p/../escape", "x");
  Put("p//twice", "x");
  Put("p/mark/", "");
  const Copied copied = Get("p");
  EXPECT_EQ(copied.objects, 2);
  EXPECT_EQ(copied.failed, 2);
  EXPECT_EQ(KindOf(copied.status()), ErrorKind::kData);
  EXPECT_THAT(copied.status().message(), HasSubstr("2 of 4 objects failed"));
  EXPECT_FALSE(FileExists(folder_.path("escape")));
}

TEST_P(FolderCopyTest, AFileInThePlaceOfAFolderIsToldAndTheRestComes) {
  Put("p/a/b", "ab");
  Put("p/c", "c");
  ASSERT_TRUE(MakeFolders(folder_.path("out")).ok());
  ASSERT_TRUE(WriteFileAtomic(folder_.path("out/a"), "in the way").ok());
  const Copied copied = Get("p");
  EXPECT_EQ(copied.objects, 1);
  EXPECT_EQ(copied.failed, 1);
  EXPECT_THAT(copied.status().message(), HasSubstr("p/a/b"));
  EXPECT_EQ(Read("c"), "c");
}

TEST_P(FolderCopyTest, ABucketThatIsNotThereIsAnError) {
  const auto stranger = GetParam().make()->store();
  const auto copied = Download(*stranger, "", folder_.path("out"), {}, cancel_);
  EXPECT_EQ(KindOf(copied.status()), ErrorKind::kNotFound) << copied.status().ToString();
  const auto sent = Upload(*store_, folder_.path("nowhere"), "", {}, cancel_);
  EXPECT_EQ(KindOf(sent.status()), ErrorKind::kNotFound) << sent.status().ToString();
}

TEST_P(FolderCopyTest, WhatIsInterruptedLeavesNothingUnfinished) {
  for (int i = 0; i < 20; ++i) Put(fmt::format("p/{}", i), "x");
  CancelToken stop;
  const FolderCopyOptions options{.each = [&stop](const CopiedFile&) { stop.Cancel(); }};
  stop.Cancel();
  const auto copied = Download(*store_, "p", folder_.path("out"), options, stop);
  EXPECT_EQ(KindOf(copied.status()), ErrorKind::kInterrupted) << copied.status().ToString();
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path("out"))) {
    ADD_FAILURE() << entry.path();
  }
}

TEST(FolderWalk, GivesFilesInTheOrderOfKeys) {
  const TestFolder folder;
  for (const char* name : {"b", "a/z", "a-b", "a.b", "a/b/c", ".x.1.2.tideway-tmp"}) {
    ASSERT_TRUE(MakeFolders(ParentOf(folder.path(name))).ok());
    ASSERT_TRUE(WriteFileAtomic(folder.path(name), "x").ok());
  }
  std::filesystem::create_directory_symlink(folder.path("a"), folder.path("link"));
  std::filesystem::create_symlink(folder.path("b"), folder.path("c"));
  FolderWalk walk(folder.path());
  std::vector<std::string> paths;
  for (auto file = walk.Next(); file.ok() && *file; file = walk.Next()) {
    paths.push_back((*file)->path);
  }
  EXPECT_THAT(paths, ElementsAre("a-b", "a.b", "a/b/c", "a/z", "b", "c"));
  EXPECT_EQ(KindOf(FolderWalk(folder.path("b")).Next().status()), ErrorKind::kUsage);
}

TEST(SameContent, IsKnownByWhatAnEtagSaysOrNotAtAll) {
  const TestFolder folder;
  const CancelToken cancel;
  const std::string text(9 << 20, 'x');
  ASSERT_TRUE(WriteFileAtomic(folder.path("f"), text).ok());
  const auto same = [&](const std::string& etag, int64_t size = 9 << 20) {
    return *HasSameContent({.size = size, .etag = etag}, folder.path("f"), cancel);
  };
  Md5 hash;
  hash.Update(text);
  const std::string md5 = hash.Finish();
  EXPECT_TRUE(same(md5));
  EXPECT_FALSE(same(md5, 1));
  EXPECT_FALSE(same("0" + md5.substr(1)));
  EXPECT_FALSE(same("\"generation\""));
  EXPECT_FALSE(same(""));
  EXPECT_FALSE(same(md5 + "-2"));
  // As AWS's tools would have put it, in parts of 8 MiB (md5sum of the MD5s).
  EXPECT_TRUE(same("8c27296670c54bce6066b66d6735bf4b-2"));
  EXPECT_FALSE(same("8c27296670c54bce6066b66d6735bf4b-3"));
}

}  // namespace
}  // namespace tideway::store
