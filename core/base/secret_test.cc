#include "core/base/secret.h"

#include <gtest/gtest.h>

namespace tideway {
namespace {

TEST(Redact, ReplacesRegisteredValuesEverywhere) {
  RegisterSecret("hunter2-a");
  EXPECT_EQ(Redact("x hunter2-a y hunter2-a"), "x [secret] y [secret]");
}

TEST(Redact, ReplacesThePercentEncodedForm) {
  RegisterSecret("p@ss/w:rd é");
  EXPECT_EQ(Redact("a p%40ss%2Fw%3Ard%20%C3%A9 b"), "a [secret] b");
  EXPECT_EQ(Redact("a p%40ss%2fw%3ard%20%c3%a9 b"), "a [secret] b");
}

TEST(Redact, ReplacesASecretThatHoldsAnotherAsAWhole) {
  RegisterSecret("abcd");
  RegisterSecret("abcdefgh");
  EXPECT_EQ(Redact("abcdefgh abcd"), "[secret] [secret]");
}

TEST(Redact, IsStableWhenASecretOccursInItsReplacement) {
  RegisterSecret("secret");
  EXPECT_EQ(Redact("my secret is out"), "my [secret] is out");
  RegisterSecret("zzzz-last");
  EXPECT_EQ(Redact("zzzz-last secret"), "[secret] [secret]");
}

TEST(Redact, LeavesShortValuesAlone) {
  RegisterSecret("");
  RegisterSecret("the");
  EXPECT_EQ(Redact("the end"), "the end");
}

TEST(Redact, HidesThePasswordOfAnyUri) {
  EXPECT_EQ(Redact("postgresql://u:hunter2@h:5432/db"), "postgresql://u:[secret]@h:5432/db");
  EXPECT_EQ(Redact("https://u:p@h https://v:q@h"), "https://u:[secret]@h https://v:[secret]@h");
  EXPECT_EQ(Redact("postgresql://u:p@ss@h/db"), "postgresql://u:[secret]@h/db");
  EXPECT_EQ(Redact("\"postgresql://:pw@h\""), "\"postgresql://:[secret]@h\"");
}

TEST(Redact, LeavesUrisWithoutPasswordAlone) {
  for (const char* text : {"https://h:80/a", "https://u@h/x:y@z", "https://h/a?b=c:d@e", "://",
                           "a://", "://@", "s://@:", "mail a:b@c", "file:///tmp/x"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(RedactUri, NamesTheDatabaseOfAUriThatIsASecret) {
  RegisterSecret("postgresql://reader@db:5432/complaints");
  RegisterSecret("sqlite:folder/complaints.db");
  EXPECT_EQ(RedactUri("postgresql://reader@db:5432/complaints#query=1f"),
            "postgresql://reader@db:5432/complaints#query=1f");
  EXPECT_EQ(RedactUri("sqlite:folder/complaints.db#query=1f"),
            "sqlite:folder/complaints.db#query=1f");
  EXPECT_EQ(Redact("postgresql://reader@db:5432/complaints"), "[secret]");
}

TEST(RedactUri, DropsPasswordAndParameters) {
  for (const char* uri : {
           "postgresql://u:sesame@h:1/d",
           "postgresql://u:sesame@h:1/d?password=sesame",
           "postgresql://u@h:1/d?options=-c%20x=sesame#query=1f",
           "postgresql://u:ses:ame@h:1/d",
           "postgresql://u:@h:1/d?x=sesame",
           "sqlite:d?key=sesame",
           "postgresql://u@h/d?x#sesame?sesame",
       }) {
    EXPECT_EQ(RedactUri(uri).find("ame"), std::string::npos) << RedactUri(uri);
  }
  EXPECT_EQ(RedactUri("postgresql://u:sesame@h:1/d?password=sesame#query=1f"),
            "postgresql://u@h:1/d#query=1f");
}

TEST(RedactUri, RedactsPartsThatAreInDoubt) {
  const std::string token = "ghp0123456789abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(RedactUri("postgresql://" + token + "@h/d"), "postgresql://[secret]@h/d");
  EXPECT_EQ(RedactUri("postgresql://a%40b@h/d"), "postgresql://[secret]@h/d");
  EXPECT_EQ(RedactUri("postgresql://u:open@sesame@h/d"), "postgresql://u@[secret]/d");
  EXPECT_EQ(RedactUri("postgresql://u:open/sesame@h/d"), "postgresql://[secret][secret]");
  EXPECT_EQ(RedactUri("postgresql://u:open:sesame/d"), "postgresql://[secret]/d");
  EXPECT_EQ(RedactUri("postgresql://u@h:sesame/d"), "postgresql://u@[secret]/d");
  EXPECT_EQ(RedactUri("sqlite:u:sesame@d"), "sqlite:[secret]");
  EXPECT_EQ(RedactUri("postgresql://u@h/d#sesame"), "postgresql://u@h/d[secret]");
  EXPECT_EQ(RedactUri("host=h password=sesame:x"), Redact("host=h password=sesame:x"));
}

TEST(RedactUri, RedactsASecretInAnyPart) {
  RegisterSecret("tunafish");
  EXPECT_EQ(RedactUri("postgresql://tunafish@h/d"), "postgresql://[secret]@h/d");
  EXPECT_EQ(RedactUri("postgresql://u@tunafish:1/d"), "postgresql://u@[secret]:1/d");
  EXPECT_EQ(RedactUri("postgresql://u@h/tunafish"), "postgresql://u@h/[secret]");
}

TEST(RedactUri, KeepsHostsOfEveryForm) {
  for (const char* uri : {"postgresql://u@[::1]:5432/d", "postgresql://u@a:1,b:2/d",
                          "postgresql://u@/d", "postgresql://db.example.org/d", "sqlite:/a/b.db"}) {
    EXPECT_EQ(RedactUri(uri), uri);
  }
}

}  // namespace
}  // namespace tideway
