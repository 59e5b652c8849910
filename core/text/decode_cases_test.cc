// Decoding against the texts of tests/data/encodings, which were there before it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/base/encoding.h"
#include "core/text/decode.h"
#include "core/text/mojibake.h"

namespace tideway::text {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(TIDEWAY_SOURCE_DIR) / "tests" / "data" / "encodings";

struct Cases {
  std::string head;  // the first line, when it is a comment of the file's own
  std::vector<std::string> texts;
};

Cases Read(const std::filesystem::path& path, bool with_head) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  std::string all = content.str();
  Cases cases;
  if (with_head) {
    cases.head = all.substr(2, all.find('\n') - 2);
    all = all.substr(all.find('\n') + 1);
  }
  constexpr std::string_view kBetween = "\n----\n";
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find(kBetween, at), all.size());
    cases.texts.push_back(all.substr(at, end - at));
    at = end + kBetween.size();
  }
  return cases;
}

// As they are written where there are no typographic signs.
std::string Typewritten(std::string text) {
  const std::pair<std::string, std::string> signs[] = {{"„", "\""}, {"“", "\""}, {"”", "\""},
                                                       {"’", "'"},  {"–", "-"},  {"…", "..."}};
  for (const auto& [sign, plain] : signs) {
    for (size_t at = text.find(sign); at != text.npos; at = text.find(sign, at)) {
      text.replace(at, sign.size(), plain);
    }
  }
  return text;
}

TEST(DecodeCases, TwelveCodePagesAreRestoredExactly) {
  std::map<std::string, int> restored;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() != ".cases" || name == "untouched" || name == "mojibake") continue;
    const Cases cases = Read(entry.path(), /*with_head=*/true);
    std::istringstream pages(cases.head);
    for (std::string page; pages >> page;) {
      for (const std::string& one : cases.texts) {
        const std::string text = page.starts_with("iso") ? Typewritten(one) : one;
        const auto bytes = EncodeText(text, page);
        ASSERT_TRUE(bytes.ok()) << page << " " << bytes.status();
        const DecodedText decoded = DecodeText(*bytes, {});
        EXPECT_EQ(decoded.text.value_or(*bytes), text)
            << name << " in " << page << ": " << decoded.encoding << decoded.problem;
        restored[page] += decoded.text.value_or(*bytes) == text;
      }
    }
  }
  EXPECT_EQ(restored.size(), 12);
  for (const auto& [page, texts] : restored) EXPECT_GE(texts, 5) << page;
}

TEST(DecodeCases, RightTextIsLeftAlone) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".cases" || entry.path().stem() == "mojibake") continue;
    const Cases cases = Read(entry.path(), entry.path().stem() != "untouched");
    for (const std::string& text : cases.texts) {
      const auto mended = MendMojibake(text);
      EXPECT_FALSE(mended) << text << "\n became \n" << mended->text << "\n by " << mended->read_as;
    }
  }
}

// What Windows shows for bytes; controls stand for those without a character.
std::string Sloppy(std::string_view bytes, const char* page) {
  std::string shown;
  for (const char byte : bytes) {
    auto decoded = DecodeBytes({&byte, 1}, page, /*replace=*/false);
    if (!decoded.ok()) decoded = DecodeBytes({&byte, 1}, "latin-1", /*replace=*/false);
    shown += decoded->text;
  }
  return shown;
}

TEST(DecodeCases, WhatWasReadAsAnotherPageIsUndone) {
  for (const std::string& text : Read(kFolder / "mojibake.cases", /*with_head=*/true).texts) {
    for (const char* page : {"windows-1252", "latin-1", "windows-1250", "windows-1251",
                             "windows-1254", "mac-roman", "cp437", "koi8-r", "cp866"}) {
      std::string broken = text;
      for (int times = 1; times <= 2; ++times) {
        broken = Sloppy(broken, page);
        const auto mended = MendMojibake(broken);
        EXPECT_EQ(mended ? mended->text : broken, text)
            << page << " " << times << " times: " << broken;
      }
    }
  }
}

}  // namespace
}  // namespace tideway::text
