#include "core/store/s3/xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>
#include <type_traits>
#include <vector>

namespace tideway::store {
namespace {

struct Reading {
  const OnElement& on_element;
  std::string path;
  std::vector<std::string> texts;
  XML_Parser parser;
  bool has_type = false;

  static void Start(void* self, const char* name, const char**) {
    auto& reading = *static_cast<Reading*>(self);
    std::string_view local = name;
    local.remove_prefix(local.rfind(':') + 1);  // npos + 1 is 0
    reading.path += (reading.path.empty() ? "" : "/") + std::string(local);
    reading.texts.emplace_back();
  }
  static void End(void* self, const char*) {
    auto& reading = *static_cast<Reading*>(self);
    const std::string text = std::move(reading.texts.back());
    reading.texts.pop_back();
    reading.on_element(reading.path, text);
    const size_t slash = reading.path.rfind('/');
    reading.path.resize(slash == std::string::npos ? 0 : slash);
  }
  static void Text(void* self, const char* text, int size) {
    auto& reading = *static_cast<Reading*>(self);
    if (!reading.texts.empty()) reading.texts.back().append(text, static_cast<size_t>(size));
  }
  static void Type(void* self, const char*, const char*, const char*, int) {
    auto& reading = *static_cast<Reading*>(self);
    reading.has_type = true;
    XML_StopParser(reading.parser, XML_FALSE);
  }
};

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

}  // namespace

Status ReadXml(std::string_view xml, const OnElement& on_element) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser(
      XML_ParserCreate(nullptr));
  Reading reading{.on_element = on_element, .path = {}, .texts = {}, .parser = parser.get()};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), Reading::Start, Reading::End);
  XML_SetCharacterDataHandler(parser.get(), Reading::Text);
  XML_SetStartDoctypeDeclHandler(parser.get(), Reading::Type);
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) == XML_STATUS_OK) {
    return Status::OK();
  }
  const std::string why =
      reading.has_type ? "it has a document type" : XML_ErrorString(XML_GetErrorCode(parser.get()));
  return Error(ErrorKind::kData, "store: the server's answer is no XML: " + why).Retryable();
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          escaped += fmt::format("&#{};", static_cast<int>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

}  // namespace tideway::store
