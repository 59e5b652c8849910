#include "core/hub/remote/started_upload.h"

#include <sys/stat.h>

#include <chrono>

#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

using ::testing::Optional;

class StartedUploadTest : public HubTest {
 protected:
  static LfsUploadAddress Address(const std::string& mark) {
    return {.url = "https://hub/done?" + mark,
            .chunk_size = 4,
            .parts = {"https://s3/1?" + mark, "https://s3/2?" + mark}};
  }
  std::string notes() const { return (folder_ / "uploads").string(); }
  fs::path file() const { return fs::directory_iterator(notes())->path(); }
};

TEST_F(StartedUploadTest, TheNextProcessHasTheAddressesAndTagsOfTheFirst) {
  {
    StartedUpload first(notes(), "key", Address("first"));
    EXPECT_FALSE(first.resumed());
    first.Arrived(1, "\"tag\"");
  }
  const StartedUpload next(notes(), "key", Address("next"));
  EXPECT_TRUE(next.resumed());
  EXPECT_EQ(next.address().url, "https://hub/done?first");
  EXPECT_EQ(next.address().parts, Address("first").parts);
  EXPECT_THAT(next.tag(1), Optional(std::string("\"tag\"")));
  EXPECT_EQ(next.tag(0), std::nullopt);
}

TEST_F(StartedUploadTest, OneOfWhichNothingArrivedStartsAnew) {
  {
    const StartedUpload first(notes(), "key", Address("first"));
  }
  const StartedUpload next(notes(), "key", Address("next"));
  EXPECT_FALSE(next.resumed());
  EXPECT_EQ(next.address().url, "https://hub/done?next");
}

TEST_F(StartedUploadTest, AnotherKeyIsAnotherUpload) {
  StartedUpload(notes(), "key", Address("first")).Arrived(0, "tag");
  EXPECT_FALSE(StartedUpload(notes(), "other", Address("next")).resumed());
}

TEST_F(StartedUploadTest, WhatIsCompleteOrRestartedIsForgotten) {
  StartedUpload upload(notes(), "key", Address("first"));
  upload.Arrived(0, "tag");
  upload.Restart(Address("second"));
  EXPECT_EQ(upload.tag(0), std::nullopt);
  EXPECT_EQ(upload.address().url, "https://hub/done?second");
  upload.Forget();
  EXPECT_TRUE(fs::is_empty(notes()));
}

TEST_F(StartedUploadTest, AnUploadInOtherPartsIsAnother) {
  StartedUpload(notes(), "key", Address("first")).Arrived(0, "tag");
  LfsUploadAddress other = Address("next");
  other.chunk_size = 5;
  EXPECT_FALSE(StartedUpload(notes(), "key", other).resumed());
}

TEST_F(StartedUploadTest, OnlyTheUserReadsTheAddresses) {
  StartedUpload(notes(), "key", Address("first")).Arrived(0, "tag");
  EXPECT_EQ(fs::status(notes()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(StartedUploadTest, TornAndForeignNotesAreNoParts) {
  StartedUpload(notes(), "key", Address("first")).Arrived(0, "tag");
  const std::string good = Must(ReadFile(file().string()));
  const auto tags_after = [&](const std::string& text) {
    WriteText(file(), text);
    const StartedUpload next(notes(), "key", Address("next"));
    return std::pair(next.tag(0).has_value(), next.tag(1).has_value());
  };
  EXPECT_EQ(tags_after(good + "{\"etag\":\"b\",\"part\":1}\n"), std::pair(true, true));
  EXPECT_EQ(tags_after(good + "{\"etag\":\"b\",\"par"), std::pair(true, false));
  EXPECT_EQ(tags_after(good + "[]\n{\"part\":\"x\"}\n"), std::pair(true, false));
  EXPECT_EQ(tags_after(good + "{\"etag\":7,\"part\":1}\n"), std::pair(true, false));
  EXPECT_EQ(tags_after("no notes\n"), std::pair(false, false));
  EXPECT_EQ(tags_after(""), std::pair(false, false));
  EXPECT_EQ(tags_after(good.substr(0, good.find('\n'))), std::pair(false, false));
}

TEST_F(StartedUploadTest, WhatAnotherHoldsOrCannotBeWrittenIsNotKept) {
  StartedUpload first(notes(), "key", Address("first"));
  first.Arrived(0, "tag");
  StartedUpload beside(notes(), "key", Address("next"));
  EXPECT_FALSE(beside.resumed());
  beside.Arrived(1, "other");
  EXPECT_THAT(beside.tag(1), Optional(std::string("other")));
  beside.Forget();
  EXPECT_FALSE(fs::is_empty(notes()));

  WriteText(folder_ / "file", "");
  StartedUpload nowhere((folder_ / "file" / "uploads").string(), "key", Address("next"));
  nowhere.Arrived(0, "tag");
  EXPECT_THAT(nowhere.tag(0), Optional(std::string("tag")));
}

TEST_F(StartedUploadTest, NotesOfADayAgoAreRemoved) {
  StartedUpload(notes(), "old", Address("first")).Arrived(0, "tag");
  fs::last_write_time(file(), fs::file_time_type::clock::now() - std::chrono::hours(25));
  const StartedUpload next(notes(), "key", Address("next"));
  EXPECT_EQ(std::distance(fs::directory_iterator(notes()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace tideway::hub::testing
