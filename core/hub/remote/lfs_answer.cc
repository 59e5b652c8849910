#include "core/hub/remote/lfs_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/secret.h"
#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

Error Broken(const UploadFile& file, std::string_view what) {
  return Error(ErrorKind::kData,
               fmt::format("hub: {}: the answer to the LFS batch call {}", file.path, what))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

// Null where there is none.
json Field(const json& value, const char* key) {
  return value.is_object() && value.contains(key) ? value[key] : json();
}

// A number, or the text of one.
std::optional<int64_t> Number(const json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_string()) return {};
  const auto text = value.get<std::string>();
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

net::Headers HeadersOf(const json& action) {
  net::Headers headers;
  const json fields = Field(action, "header");
  for (const auto& [name, value] : fields.items()) {
    headers.Add(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return headers;
}

bool IsNumber(const std::string& key) {
  return !key.empty() && std::ranges::all_of(key, [](unsigned char c) { return std::isdigit(c); });
}

// The addresses of the parts, under "1", "2" or "00001", "00002".
Status ReadParts(const json& header, const UploadFile& file, LfsUploadAddress* address) {
  address->chunk_size = Number(header["chunk_size"]).value_or(0);
  if (address->chunk_size <= 0) return Broken(file, "has no chunk_size");
  std::map<int64_t, std::string> parts;
  for (const auto& [key, value] : header.items()) {
    if (IsNumber(key)) parts[Number(json(key)).value_or(0)] = TextOf(header, key.c_str());
  }
  const int64_t wanted =
      file.size / address->chunk_size + (file.size % address->chunk_size == 0 ? 0 : 1);
  const auto count = static_cast<int64_t>(parts.size());
  if (count != wanted || parts.begin()->first != 1 || parts.rbegin()->first != count) {
    return Broken(file, fmt::format("has {} parts, and {} bytes in parts of {} are {}", count,
                                    file.size, address->chunk_size, wanted));
  }
  for (auto& [number, url] : parts) {
    if (url.empty()) return Broken(file, fmt::format("has no address for part {}", number));
    address->parts.push_back(std::move(url));
  }
  return Status::OK();
}

Result<std::optional<LfsUploadAddress>> ReadObject(const json& object, const UploadFile& file) {
  if (const json error = Field(object, "error"); error.is_object()) {
    return Error(ErrorKind::kNetwork,
                 fmt::format("hub: the server refuses {}: {} {}", file.path,
                             Field(error, "code").dump(), Redact(TextOf(error, "message"))));
  }
  const json actions = Field(object, "actions");
  const json upload = Field(actions, "upload");
  if (!upload.is_object()) return std::nullopt;
  LfsUploadAddress address{.url = TextOf(upload, "href")};
  if (address.url.empty()) return Broken(file, "has no address for it");
  const json header = Field(upload, "header");
  if (header.is_object() && header.contains("chunk_size")) {
    RETURN_NOT_OK(ReadParts(header, file, &address));
  } else {
    address.headers = HeadersOf(upload);
  }
  const json verify = Field(actions, "verify");
  address.verify = TextOf(verify, "href");
  address.verify_headers = HeadersOf(verify);
  return address;
}

}  // namespace

Result<LfsAddresses> ReadLfsAnswer(const std::string& body, const std::vector<UploadFile>& files) {
  const json answer = json::parse(body, nullptr, false);
  const std::string transfer = TextOf(answer, "transfer");
  if (!transfer.empty() && transfer != "basic" && transfer != "multipart") {
    return Broken(files.front(), fmt::format("asks for the transfer `{}`", transfer));
  }
  std::map<std::string, json> objects;
  for (const json& object : ListOf(answer, "objects")) {
    objects[TextOf(object, "oid")] = object;
  }
  LfsAddresses addresses;
  for (const UploadFile& file : files) {
    const auto found = objects.find(file.sha256);
    if (found == objects.end()) return Broken(file, "leaves it out");
    ARROW_ASSIGN_OR_RAISE(addresses[file.sha256], ReadObject(found->second, file));
  }
  return addresses;
}

}  // namespace tideway::hub
