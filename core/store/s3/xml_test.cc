#include "core/store/s3/xml.h"

#include <gmock/gmock.h>

namespace tideway::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<std::vector<std::string>> Read(std::string_view xml) {
  std::vector<std::string> found;
  RETURN_NOT_OK(ReadXml(xml, [&](const std::string& path, const std::string& text) {
    found.push_back(path + "=" + text);
  }));
  return found;
}

TEST(Xml, NamespacesDoNotMatter) {
  EXPECT_THAT(*Read("<a xmlns=\"http://x/\"><b>1</b></a>"), ElementsAre("a/b=1", "a="));
  EXPECT_THAT(*Read("<s3:a xmlns:s3=\"http://x/\"><s3:b>1</s3:b></s3:a>"),
              ElementsAre("a/b=1", "a="));
}

TEST(Xml, EntitiesAndCdataAreText) {
  EXPECT_THAT(*Read("<a>x &amp;&#38; &#x1F64F;<![CDATA[<b>]]></a>"), ElementsAre("a=x && 🙏<b>"));
}

TEST(Xml, EscapedTextComesBack) {
  const std::string text = "<a> & \"b\"\n";
  EXPECT_THAT(*Read("<k>" + EscapeXml(text) + "</k>"), ElementsAre("k=" + text));
}

TEST(Xml, WhatIsNoXmlIsAnErrorOfData) {
  for (const char* xml :
       {"", "text", "<a>", "<a></b>", "<a>&unknown;</a>", "<a/><b/>", "{\"a\":1}"}) {
    EXPECT_EQ(KindOf(Read(xml).status()), ErrorKind::kData) << xml;
  }
}

TEST(Xml, AnEntityCannotBeDeclared) {
  const auto read = Read("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>");
  EXPECT_THAT(read.status().message(), HasSubstr("document type"));
}

}  // namespace
}  // namespace tideway::store
