// What every member of store/ promises, run over each.
#include <fmt/format.h>

#include <fstream>

#include "core/base/file.h"
#include "core/net/client.h"
#include "core/store/backend_test.h"
#include "core/store/source.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreContract : public testing::TestWithParam<BackendFactory> {
 protected:
  StoreContract() : backend_(GetParam().make()), store_(backend_->store()) {
    const Status status = store_->CreateBucket(cancel_);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  Object Put(const std::string& key, const std::string& text, PutOptions options = {}) {
    auto object = store_->Put(key, net::Body::Of(text), options, cancel_);
    EXPECT_TRUE(object.ok()) << object.status().ToString();
    return object.ValueOr(Object{});
  }
  std::string Get(const std::string& key) {
    auto text = GetText(*store_, key, 1 << 20, cancel_);
    EXPECT_TRUE(text.ok()) << text.status().ToString();
    return text.ValueOr("");
  }
  Page List(ListRequest request) {
    auto page = store_->List(request, cancel_);
    EXPECT_TRUE(page.ok()) << page.status().ToString();
    return page.ValueOr(Page{});
  }
  static std::vector<std::string> KeysOf(const std::vector<Object>& objects) {
    std::vector<std::string> keys;
    for (const Object& object : objects) keys.push_back(object.key);
    return keys;
  }
  void ExpectFailure(const Status& status, ErrorKind kind, const std::string& text) {
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(ErrorKindName(KindOf(status)), ErrorKindName(kind)) << status.ToString();
    EXPECT_THAT(ErrorText(status), HasSubstr(text));
  }

  CancelToken cancel_;
  const std::unique_ptr<Backend> backend_;
  const std::shared_ptr<Store> store_;
  const TestFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Store, StoreContract, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(StoreContract, WhatIsPutIsRead) {
  const Object put = Put("data/a.txt", "hello");
  EXPECT_EQ(put.size, 5);
  EXPECT_EQ(Get("data/a.txt"), "hello");
  const auto head = store_->Head("data/a.txt", cancel_);
  ASSERT_TRUE(head.ok()) << head.status().ToString();
  EXPECT_EQ(head->key, "data/a.txt");
  EXPECT_EQ(head->size, 5);
  EXPECT_EQ(head->etag, put.etag);
  EXPECT_FALSE(head->etag.empty());
  EXPECT_THAT(head->modified, testing::MatchesRegex("20..-..-..T..:..:..Z"));
}

TEST_P(StoreContract, AnEmptyObjectIsOne) {
  Put("empty", "");
  EXPECT_EQ(Get("empty"), "");
  EXPECT_EQ(store_->Head("empty", cancel_)->size, 0);
  ASSERT_TRUE(GetFile(*store_, "empty", folder_.path("empty"), {}, cancel_).ok());
  EXPECT_EQ(*ReadFile(folder_.path("empty")), "");
}

TEST_P(StoreContract, APutReplacesWhatWasThereAndItsEtag) {
  const Object before = Put("k", "old");
  const Object after = Put("k", "new");
  EXPECT_NE(before.etag, after.etag);
  EXPECT_EQ(Get("k"), "new");
}

TEST_P(StoreContract, NothingIsFoundUnderAnotherKey) {
  ExpectFailure(store_->Head("no", cancel_).status(), ErrorKind::kNotFound, "no object");
  ExpectFailure(GetText(*store_, "no", 10, cancel_).status(), ErrorKind::kNotFound, "no object");
  ExpectFailure(store_->Copy("no", "to", cancel_).status(), ErrorKind::kNotFound, "no object");
  ExpectFailure(GetFile(*store_, "no", folder_.path("no"), {}, cancel_).status(),
                ErrorKind::kNotFound, "no object");
  EXPECT_FALSE(FileExists(folder_.path("no")));
}

TEST_P(StoreContract, KeysOfAnyLanguageArrive) {
  const std::vector<std::string> keys = {
      "a b+c",     "déjà vu/é",    "percent%2Bsign",   "quo'te\"d",
      "x?y#z&w=v", "emoji 🙏.txt", "(a)[b]{c}!*$,;:@~"};
  for (const std::string& key : keys) Put(key, key);
  for (const std::string& key : keys) EXPECT_EQ(Get(key), key);
  EXPECT_THAT(KeysOf(List({}).objects), testing::UnorderedElementsAreArray(keys));
  ASSERT_TRUE(store_->Delete(keys, cancel_).ok());
  EXPECT_THAT(List({}).objects, IsEmpty());
}

TEST_P(StoreContract, AnEmptyKeyIsRefused) {
  ExpectFailure(store_->Put("", net::Body::Of("x"), {}, cancel_).status(), ErrorKind::kUsage,
                "key");
  ExpectFailure(store_->Head("", cancel_).status(), ErrorKind::kUsage, "key");
}

TEST_P(StoreContract, ListsByPrefixAndFolders) {
  for (const char* key : {"a/1", "a/2", "a/b/3", "ab", "c"}) Put(key, key);
  EXPECT_THAT(KeysOf(List({.prefix = "a/"}).objects), ElementsAre("a/1", "a/2", "a/b/3"));
  const Page page = List({.prefix = "a/", .delimiter = "/"});
  EXPECT_THAT(KeysOf(page.objects), ElementsAre("a/1", "a/2"));
  EXPECT_THAT(page.prefixes, ElementsAre("a/b/"));
  EXPECT_EQ(page.objects[0].size, 3);
  EXPECT_THAT(List({.prefix = "zz"}).objects, IsEmpty());
}

TEST_P(StoreContract, PagesComeInOrderWithNothingTwice) {
  std::vector<std::string> keys;
  for (int i = 0; i < 7; ++i) keys.push_back(fmt::format("k{}", i));
  for (const std::string& key : keys) Put(key, "x");
  std::vector<std::string> found;
  ListRequest request{.most = 3};
  int pages = 0;
  do {
    const Page page = List(request);
    for (const std::string& key : KeysOf(page.objects)) found.push_back(key);
    request.next = page.next;
    ++pages;
  } while (!request.next.empty() && pages < 10);
  EXPECT_EQ(found, keys);
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(KeysOf(*ListAll(*store_, "k", cancel_)), testing::ElementsAreArray(keys));
}

TEST_P(StoreContract, RangesAreTheBytesAskedFor) {
  Put("k", "0123456789");
  EXPECT_EQ(*GetRange(*store_, "k", {2, 5}, cancel_), "234");
  EXPECT_EQ(*GetRange(*store_, "k", {8, 100}, cancel_), "89");
  EXPECT_EQ(*GetRange(*store_, "k", {20, 30}, cancel_), "");
}

TEST_P(StoreContract, AFileComesInPartsAndWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("{:07}\n", i);
  Put("big", text);
  const auto object = GetFile(*store_, "big", folder_.path("big"), {.part_bytes = 7000}, cancel_);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(*ReadFile(folder_.path("big")), text);
}

TEST_P(StoreContract, APartOfWhatHasChangedIsRefused) {
  const Object before = Put("k", "0123456789");
  Put("k", "abcdefghij");
  const auto ignore = [](int64_t, std::string_view) { return Status::OK(); };
  ExpectFailure(store_->ReadRange(before, {2, 5}, ignore, cancel_), ErrorKind::kConflict,
                "changed");
}

TEST_P(StoreContract, ATextThatIsTooLargeIsAnError) {
  Put("k", "0123456789");
  ExpectFailure(GetText(*store_, "k", 5, cancel_).status(), ErrorKind::kMemory, "more than");
}

TEST_P(StoreContract, APutIfAbsentNeverReplaces) {
  Put("k", "first", {.if_absent = true});
  ExpectFailure(store_->Put("k", net::Body::Of("second"), {.if_absent = true}, cancel_).status(),
                ErrorKind::kConflict, "already");
  EXPECT_EQ(Get("k"), "first");
}

TEST_P(StoreContract, APutMayReplaceOneContentOnly) {
  const Object first = Put("k", "first");
  const PutOptions replaces{.replaces = first.etag};
  const Object second = Put("k", "second", replaces);
  EXPECT_NE(second.etag, first.etag);
  const Status refused = store_->Put("k", net::Body::Of("third"), replaces, cancel_).status();
  ExpectFailure(refused, ErrorKind::kConflict, "not what was to be replaced");
  EXPECT_EQ(Get("k"), "second");
  ASSERT_TRUE(store_->Delete({"k"}, cancel_).ok());
  EXPECT_EQ(KindOf(store_->Put("k", net::Body::Of("third"), replaces, cancel_).status()),
            ErrorKind::kConflict);
}

TEST_P(StoreContract, ASourceThatFailsPutsNothing) {
  const net::Body broken{.size = 100, .read = [](int64_t, char*, size_t) -> Result<size_t> {
                           return Error(ErrorKind::kIo, "store: the disk broke");
                         }};
  ExpectFailure(store_->Put("k", broken, {}, cancel_).status(), ErrorKind::kIo, "the disk broke");
  EXPECT_THAT(List({}).objects, IsEmpty());
}

TEST_P(StoreContract, FilesArePutAsTheyAre) {
  std::string text(300000, 'x');
  ASSERT_TRUE(WriteFileAtomic(folder_.path("source"), text).ok());
  const auto source = FileSource(folder_.path("source"));
  ASSERT_TRUE(source.ok());
  ASSERT_TRUE(store_->Put("k", *source, {.content_type = "text/plain"}, cancel_).ok());
  EXPECT_EQ(Get("k"), text);
}

TEST_P(StoreContract, CopiesAreWhole) {
  Put("a", "text");
  const auto copy = store_->Copy("a", "b c/d", cancel_);
  ASSERT_TRUE(copy.ok()) << copy.status().ToString();
  EXPECT_EQ(copy->key, "b c/d");
  EXPECT_EQ(copy->size, 4);
  EXPECT_EQ(Get("b c/d"), "text");
  EXPECT_EQ(Get("a"), "text");
}

TEST_P(StoreContract, WhatIsNotThereCountsAsDeleted) {
  Put("a", "x");
  Put("b", "x");
  ASSERT_TRUE(store_->Delete({"a", "never"}, cancel_).ok());
  EXPECT_THAT(KeysOf(List({}).objects), ElementsAre("b"));
  EXPECT_TRUE(store_->Delete({}, cancel_).ok());
}

TEST_P(StoreContract, ABucketThatIsOursMayBeMadeAgain) {
  EXPECT_TRUE(store_->CreateBucket(cancel_).ok());
}

TEST_P(StoreContract, PresignKnowsItsMethodsAndTimes) {
  for (const PresignOptions& options :
       {PresignOptions{.method = "DELETE"}, PresignOptions{.expires_s = 0},
        PresignOptions{.expires_s = 604801}}) {
    ExpectFailure(store_->Presign("k", options, cancel_).status(), ErrorKind::kUsage, "");
  }
}

TEST_P(StoreContract, APresignedUrlReadsWithoutCredentials) {
  if (!backend_->presigns()) return;
  Put("a b/ü+c", "text");
  const auto url = store_->Presign("a b/ü+c", {}, cancel_);
  ASSERT_TRUE(url.ok()) << url.status().ToString();
  net::Client client;
  const auto response = client.Send({.url = *url}, cancel_);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->status, 200) << response->body;
  EXPECT_EQ(response->body, "text");
}

}  // namespace
}  // namespace tideway::store
