// What one commit of a local repository holds: the text of `.tideway-repo/commits/<id>.json`.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/base/error.h"

namespace tideway::hub {

struct StoredFile {
  int64_t size = 0;
  std::string sha256;
  bool operator==(const StoredFile&) const = default;
};

struct Manifest {
  std::string parent;      // empty for the first commit
  std::string created_at;  // UTC, "2026-08-01T03:00:00Z"
  std::string message;
  std::string tag;                          // given with the commit; empty for none
  std::map<std::string, StoredFile> files;  // by path

  std::string ToText() const;
  // 40 hex digits over ToText().
  std::string Id() const;
};

// Error of kind data when `text` is no manifest.
Result<Manifest> ParseManifest(const std::string& text);

}  // namespace tideway::hub
