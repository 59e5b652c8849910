// E-mail and IP addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pii/testing_internal.h"

namespace tideway::pii {
namespace {

using ::testing::ElementsAre;
using testing::Found;
using ::testing::IsEmpty;
using testing::Texts;

TEST(PiiEmail, IsFoundWithoutWhatStandsAround) {
  EXPECT_THAT(Found("<ana.sy@site.org>"), ElementsAre("email:ana.sy@site.org"));
  EXPECT_THAT(Found("write to a.b+c@mail.site.co.uk."), ElementsAre("email:a.b+c@mail.site.co.uk"));
  EXPECT_THAT(Found("mailto:A_B@SITE.COM?subject=x"), ElementsAre("email:A_B@SITE.COM"));
  EXPECT_THAT(Found("x@site.org,y@site.org;z@site.org"),
              ElementsAre("email:x@site.org", "email:y@site.org", "email:z@site.org"));
  EXPECT_THAT(Found("a@b.io"), IsEmpty()) << "may be a product of matrices";
  EXPECT_THAT(Found("\"a@b.io\""), ElementsAre("email:a@b.io"));
}

TEST(PiiEmail, IsFoundBesideOtherLetters) {
  EXPECT_THAT(Found("请联系ana@site.org谢谢"), ElementsAre("email:ana@site.org"));
  EXPECT_THAT(Found("{\"t\": \"hi\\nana@site.org\\tbye\"}"), ElementsAre("email:ana@site.org"));
  EXPECT_THAT(Found(std::string("\0ana@site.org\0", 14)), ElementsAre("email:ana@site.org"));
}

TEST(PiiEmail, IsNoneWithoutAHost) {
  for (const std::string& text :
       Texts{"@", "a@", "@b.com", "a@b", "a@.com", "a@b..com", "a@-b.com", "a@b-.com", "a@b.c",
             "a@b.1", ".@b.com", "a.@b.com", "a..b@c.com", "a@b.com@", "a@b.com(", "a@127.0.0.1",
             "foo@1.2.3"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiEmail, IsNoPartOfCode) {
  for (const std::string& text :
       Texts{"\"%s@site.com\" % name", "f\"{user}@site.com\"", "`${a}@site.com`", "y = x@w.id",
             "return q@k.me", "A@B.T", "grad@W.mT", "x@w.to(device)", "git@github.com:a/b.git",
             "deploy@web.site.net:/var/www/x", "https://user@site.com/x", "@28.6139,77",
             "lodash@npm.js", "icon@2x.png", "getty@tty1.service"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiEmail, InThePathOfAUrlIsFound) {
  EXPECT_THAT(Found("https://lists.site.org/r/ana@site.org/"), ElementsAre("email:ana@site.org"));
}

TEST(PiiIpv4, IsFoundWithoutPortAndPrefix) {
  EXPECT_THAT(Found("http://93.184.216.34:8080/"), ElementsAre("ipv4:93.184.216.34"));
  EXPECT_THAT(Found("allow 93.184.216.0/24;"), ElementsAre("ipv4:93.184.216.0"));
  EXPECT_THAT(Found("from 93.184.216.34."), ElementsAre("ipv4:93.184.216.34"));
  EXPECT_THAT(Found("93.184.216.34-93.184.216.40"),
              ElementsAre("ipv4:93.184.216.34", "ipv4:93.184.216.40"));
  EXPECT_THAT(Found("root@93.184.216.34"), ElementsAre("ipv4:93.184.216.34"));
  EXPECT_THAT(Found("dns 8.8.8.8"), ElementsAre("ipv4:8.8.8.8"));
}

TEST(PiiIpv4, IsNoneWhenBroken) {
  for (const std::string& text : Texts{
           "256.184.216.34", "93.184.216", "93.184.216.034", "93.184.216.34.5", "1.93.184.216.34",
           "93.184.216.345", "93..184.216.34", "93.184.216.", "x93.184.216.34", "93.184.216.34a"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiIpv4, IsNoVersion) {
  for (const std::string& text : Texts{
           "version 93.184.216.34", "v93.184.216.34", "pkg==93.184.216.34", "foo-93.184.216.34.jar",
           "'a:b:93.184.216.34'", "Chrome/93.184.216.34", "<Version>93.184.216.34</Version>",
           "8.8.8.8", "OID 1.3.6.1", "2.5.4.10 organizationName", "93.184.216.34-beta"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiIpv4, OfPrivateNetworksIsFoundWhenAskedFor) {
  for (const std::string& address :
       Texts{"10.1.2.200", "172.16.40.1", "172.31.255.1", "192.168.77.1", "100.64.40.1"}) {
    EXPECT_THAT(Found("host " + address), IsEmpty()) << address;
    EXPECT_THAT(Found("host " + address, {.public_only = false}), ElementsAre("ipv4:" + address));
  }
  EXPECT_THAT(Found("host 172.32.40.1"), ElementsAre("ipv4:172.32.40.1"));
}

TEST(PiiIpv4, ThatNobodyHasIsNeverFound) {
  for (const std::string& address :
       Texts{"0.0.0.0", "127.0.0.1", "169.254.169.254", "192.0.2.77", "198.51.100.77",
             "203.0.113.77", "224.0.0.251", "255.255.255.0", "240.1.1.77", "198.18.0.77"}) {
    EXPECT_THAT(Found("host " + address, {.public_only = false}), IsEmpty()) << address;
  }
}

TEST(PiiIpv6, IsFoundInAllItsForms) {
  for (const std::string& address :
       Texts{"2606:4700:4700:0:0:0:0:1111", "2606:4700::1111", "2a00:1450:4009:80b::200e",
             "2606:4700::", "2A00:1450::AB", "3001:1:2:3:4:5:6:7"}) {
    EXPECT_THAT(Found("[" + address + "]:80"), ElementsAre("ipv6:" + address));
    EXPECT_THAT(Found(address + "/64"), ElementsAre("ipv6:" + address));
  }
  EXPECT_THAT(Found("2606:4700::1: refused"), ElementsAre("ipv6:2606:4700::1"));
}

TEST(PiiIpv6, IsNoneWhenBroken) {
  for (const std::string& text :
       Texts{"2606:4700", "2606:4700:1:2:3:4:5", "2606:4700:1:2:3:4:5:6:7", "2606::1::2",
             "2606:::1", "2606:4700::12345", "2606:4700::xyz",
             "2abc:2abc:2abc:2abc:2abc:2abc:2abc:2abc:2abc", "x2606:4700::1", ":2606:4700::1"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(PiiIpv6, IsNoScopeNoClockNoHardwareAddress) {
  for (const std::string& text : Texts{
           "std::move", "face::add", "::1", "fe80::1", "fd00::1", "2001:db8::1", "ff02::fb",
           "2024:05:12", "20:30:40:50:60:70:80:90", "3fff::bad", "2001:10::1", "::ffff:8.8.8.8"}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
  EXPECT_THAT(Found("fe80::1ff:fe23", {.public_only = false}), ElementsAre("ipv6:fe80::1ff:fe23"));
}

}  // namespace
}  // namespace tideway::pii
