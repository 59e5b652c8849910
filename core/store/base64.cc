#include "core/store/base64.h"

#include <arrow/util/base64.h>

#include <algorithm>

#include "core/base/hex.h"

namespace tideway::store {

std::string Base64Url(std::string_view bytes) {
  std::string text = arrow::util::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string HexOfBase64(std::string_view text) {
  const auto bytes = arrow::util::base64_decode(text);
  return bytes.ok() ? Hex(*bytes) : "";
}

std::string Base64OfHex(std::string_view digits) {
  return arrow::util::base64_encode(BytesOfHex(digits));
}

}  // namespace tideway::store
