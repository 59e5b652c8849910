// Cards, social security numbers, phone numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pii/testing_internal.h"

namespace tideway::pii {
namespace {

using ::testing::ElementsAre;
using testing::Found;
using ::testing::IsEmpty;
using testing::Texts;

TEST(PiiCard, InGroupsNeedsNoWord) {
  EXPECT_THAT(Found("4111 1111 1111 1111"), ElementsAre("credit_card:4111 1111 1111 1111"));
  EXPECT_THAT(Found("4111-1111-1111-1111."), ElementsAre("credit_card:4111-1111-1111-1111"));
  EXPECT_THAT(Found("3782 822463 10005"), ElementsAre("credit_card:3782 822463 10005"));
  EXPECT_THAT(Found("3056 930902 5904"), ElementsAre("credit_card:3056 930902 5904"));
  EXPECT_THAT(Found("4111 1111 1111 1111 07/29"), ElementsAre("credit_card:4111 1111 1111 1111"));
}

TEST(PiiCard, WithoutGroupsNeedsAWord) {
  EXPECT_THAT(Found("Visa 4111111111111111"), ElementsAre("credit_card:4111111111111111"));
  EXPECT_THAT(Found("{\"cardNumber\": \"4111111111111111\"}"),
              ElementsAre("credit_card:4111111111111111"));
  EXPECT_THAT(Found("id,card\n1,4111111111111111\n2,5555555555554444\n"),
              ElementsAre("credit_card:4111111111111111", "credit_card:5555555555554444"));
  for (const std::string& text :
       Texts{"4111111111111111", "id 4111111111111111", "discard 4111111111111111",
             "wildcards 4111111111111111", "{\"card\": 1, \"id\": 4111111111111111}",
             "card id 4111111111111111"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiCard, IsNoneWithAWrongDigitOrLengthOrIssuer) {
  for (const std::string& text :
       Texts{"card 4111 1111 1111 1112", "card 411111111111111", "card 41111111111111116",
             "card 9999999999999995", "card 0000000000000000", "card 1234567890123452",
             "card 37828224631000"}) {
    EXPECT_THAT(Found(text, {.kinds = {"credit_card"}}), IsEmpty()) << text;
  }
}

TEST(PiiCard, IsNoPartOfALongerNumber) {
  for (const std::string& text :
       Texts{"DE89 4111 1111 1111 1111 00", "4111 1111 1111 1111 1111", "1234 4111 1111 1111 1111",
             "card x4111111111111111", "card 0.4111111111111111", "card 4111111111111111e5",
             "card 4111111111111111-1", "card_4111111111111111", "/card/4111111111111111"}) {
    EXPECT_THAT(Found(text, {.kinds = {"credit_card"}}), IsEmpty()) << text;
  }
}

TEST(PiiSsn, WithDashesNeedsNoWord) {
  EXPECT_THAT(Found("212-34-5678"), ElementsAre("ssn:212-34-5678"));
  EXPECT_THAT(Found("(212-34-5678)"), ElementsAre("ssn:212-34-5678"));
  EXPECT_THAT(Found("SSN 212 34 5678"), ElementsAre("ssn:212 34 5678"));
  EXPECT_THAT(Found("socialSecurityNumber: 212345678"), ElementsAre("ssn:212345678"));
  EXPECT_THAT(Found("name,ssn\nA,212345678\n"), ElementsAre("ssn:212345678"));
}

TEST(PiiSsn, IsNoneWhenNeverIssued) {
  for (const std::string& text : Texts{"000-12-3456", "666-12-3456", "900-12-3456", "212-00-3456",
                                       "212-12-0000", "078-05-1120", "123-45-6789", "212-345-678",
                                       "2120-34-5678", "212-34-56789", "1-212-34-5678-9"}) {
    EXPECT_THAT(Found(text, {.kinds = {"ssn"}}), IsEmpty()) << text;
  }
}

TEST(PiiSsn, IsNoOrderNumber) {
  for (const std::string& text :
       Texts{"order 212-34-5678", "Part no. 212-34-5678", "PO-212-34-5678", "#212-34-5678",
             "212 34 5678", "212345678", "session 212345678", "isbn 212-34-5678"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiPhone, WithACountryNeedsNoWord) {
  for (const std::string& number :
       Texts{"+1 415 273 9164", "+1 (415) 273-9164", "+44 20 7946 0958", "+44 (0)20 7946 0958",
             "+49-89-636480", "+33 6 12 34 56 78", "+977-1-4412345", "+86 139 1234 5678",
             "+44.20.7946.0958"}) {
    EXPECT_THAT(Found("at " + number + ", or"), ElementsAre("phone:" + number));
  }
  EXPECT_THAT(Found("tel:+442079460958"), ElementsAre("phone:+442079460958"));
  EXPECT_THAT(Found("ring +442079460958."), ElementsAre("phone:+442079460958"));
}

TEST(PiiPhone, InTheFormOfNorthAmericaNeedsNoWord) {
  for (const std::string& number :
       Texts{"(415) 273-9164", "415-273-9164", "1-415-273-9164", "(415)273-9164"}) {
    EXPECT_THAT(Found("at " + number + "."), ElementsAre("phone:" + number));
  }
  EXPECT_THAT(Found("415-273-9164x12"), ElementsAre("phone:415-273-9164"));
}

TEST(PiiPhone, OfAnyFormNeedsAWord) {
  for (const std::string& number :
       Texts{"4152739164", "415.273.9164", "415 273 9164", "020 7946 0958", "06 12 34 56 78",
             "01-4412345", "98450 12345", "0044 20 7946 0958"}) {
    EXPECT_THAT(Found("tel " + number + " now"), ElementsAre("phone:" + number));
    EXPECT_THAT(Found("it " + number + " now"), IsEmpty()) << number;
    EXPECT_THAT(Found("phone id " + number), IsEmpty()) << number;
  }
}

TEST(PiiPhone, IsNoneOutsideOfItsPlan) {
  for (const std::string& text :
       Texts{"111-273-9164", "415-173-9164", "415-211-9164", "(415) 073-9164", "+0 415 273 9164",
             "+999 1234 5678", "+44 20 79", "+1 415 273", "call 12345", "911"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiPhone, IsNoSumNoShapeNoDecimal) {
  for (const std::string& text :
       Texts{"x+4152739164", "a = b +4152739164", "f(1) +4152739164", "offset +41527391640",
             "256-512-1024", "+40.6894, -74.0447", "order 415-273-9164", "cell rate 1412830.188",
             "415-273-91645", "A415-273-9164", "2024-01-15 10:20:30", "@@ -873,10 +43,32 @@",
             "(415) 555-0123", "call 4155550123"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiPhone, AfterOtherNumbersIsFound) {
  EXPECT_THAT(Found("2024-01-15 415-273-9164 2"), ElementsAre("phone:415-273-9164"));
  EXPECT_THAT(Found("200 17 (415) 273-9164"), ElementsAre("phone:(415) 273-9164"));
}

}  // namespace
}  // namespace tideway::pii
