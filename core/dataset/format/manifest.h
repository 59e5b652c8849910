// What a folder of shards says of itself: `manifest.json`, written last, which names them all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/dataset/format/write_files.h"

namespace tideway::dataset {

inline constexpr const char* kManifestName = "manifest.json";

std::string ManifestText(const std::vector<WrittenShard>& shards);
// The files that it names, in its order; none where the text is no manifest.
std::optional<std::vector<std::string>> NamesInManifest(const std::string& text);

}  // namespace tideway::dataset
