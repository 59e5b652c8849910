#include "core/swh/swhid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideway::swh {
namespace {

using testing::HasSubstr;

const std::string kHash = "94a9ed024d3859793618152ea559a168bbcbb5e2";
const std::string kCore = "swh:1:cnt:" + kHash;

std::string Wrong(const std::string& text) {
  const auto id = ParseSwhid(text);
  EXPECT_EQ(KindOf(id.status()), ErrorKind::kData) << text;
  return id.status().message();
}

TEST(Swhid, OfAContentIsItsHashInGit) {
  EXPECT_EQ(SwhidOfContent(""), "swh:1:cnt:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(SwhidOfContent("hello\n"), "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST(Swhid, ComesBackAsItWasWritten) {
  for (const std::string& rest :
       {std::string(), ";origin=https://github.com/a/b;visit=swh:1:snp:" + kHash +
                           ";anchor=swh:1:rev:" + kHash + ";path=/a%3Bb%25.py;lines=3-9"}) {
    EXPECT_EQ(*FormatSwhid(*ParseSwhid(kCore + rest)), kCore + rest);
  }
}

TEST(Swhid, QualifiersAreWrittenInTheOrderOfTheStandard) {
  const Swhid id{.type = "cnt",
                 .hash = kHash,
                 .qualifiers = {{"path", "/50%;x"}, {"lines", ""}, {"origin", "https://e.org"}}};
  EXPECT_EQ(*FormatSwhid(id), kCore + ";origin=https://e.org;path=/50%25%3Bx");
}

TEST(Swhid, RefusesWhatIsNone) {
  EXPECT_THAT(Wrong(""), HasSubstr("no identifier of version 1"));
  EXPECT_THAT(Wrong("swh:2:cnt:" + kHash), HasSubstr("no identifier of version 1"));
  EXPECT_THAT(Wrong("swh:1:blob:" + kHash), HasSubstr("no type of an object"));
  EXPECT_THAT(Wrong("swh:1:cnt"), HasSubstr("no type of an object"));
  EXPECT_THAT(Wrong("swh:1:cnt:94A9"), HasSubstr("no 40 lower-case hex digits"));
  EXPECT_THAT(Wrong(kCore + ";"), HasSubstr("a qualifier without a value"));
  EXPECT_THAT(Wrong(kCore + ";color=red"), HasSubstr("unknown qualifier: `color`"));
  EXPECT_THAT(Wrong(kCore + ";lines=1;lines=2"), HasSubstr("a qualifier occurs twice: `lines`"));
  EXPECT_THAT(Wrong(kCore + ";lines=x"), HasSubstr("no numbers for `lines`"));
  EXPECT_THAT(Wrong(kCore + ";path=a.py"), HasSubstr("no path from the root"));
  EXPECT_THAT(Wrong(kCore + ";path=/50%"), HasSubstr("no two hex digits after a `%`"));
  EXPECT_THAT(Wrong(kCore + ";visit=swh:1:rev:" + kHash), HasSubstr("no object for `visit`"));
  EXPECT_THAT(Wrong(kCore + ";anchor=" + kCore), HasSubstr("no object for `anchor`"));
}

}  // namespace
}  // namespace tideway::swh
