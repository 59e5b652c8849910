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

}  // namespace
}  // namespace tideway
