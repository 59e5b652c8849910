#include "core/hub/local/manifest.h"

#include <nlohmann/json.hpp>

#include "core/base/hash.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kIdLength = 40;

}  // namespace

std::string Manifest::ToText() const {
  Json files_json = Json::object();
  for (const auto& [path, file] : files) {
    files_json[path] = {{"size", file.size}, {"sha256", file.sha256}};
  }
  Json json = {{"parent", parent}, {"created_at", created_at}, {"message", message}};
  if (!tag.empty()) json["tag"] = tag;
  json["files"] = std::move(files_json);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string Manifest::Id() const { return Sha256Hex(ToText()).substr(0, kIdLength); }

Result<Manifest> ParseManifest(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Manifest manifest;
    manifest.parent = json.at("parent").get<std::string>();
    manifest.created_at = json.at("created_at").get<std::string>();
    manifest.message = json.at("message").get<std::string>();
    manifest.tag = json.value("tag", "");
    for (const auto& [path, file] : json.at("files").items()) {
      manifest.files[path] = {file.at("size").get<int64_t>(), file.at("sha256").get<std::string>()};
    }
    return manifest;
  } catch (const Json::exception& error) {
    return Error(ErrorKind::kData, std::string("hub: not a commit: ") + error.what());
  }
}

}  // namespace tideway::hub
