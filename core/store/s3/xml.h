// What S3 answers: XML, read as it streams by.
//
//   RETURN_NOT_OK(ReadXml(text, [&](const std::string& path, const std::string& text) { ... }));
//
// Names are without their namespaces; entities are decoded; a document type is refused, so that no
// entity can be declared.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::store {

// Called at the end of each element with its path ("ListBucketResult/Contents/Key") and the text
// directly in it.
using OnElement = std::function<void(const std::string& path, const std::string& text)>;
// Errors: data, for what is no XML.
Status ReadXml(std::string_view xml, const OnElement& on_element);

// `text` as it stands between tags.
std::string EscapeXml(std::string_view text);

}  // namespace tideway::store
