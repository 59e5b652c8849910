// Lists of a whole download, made from its manifests: for people and their tools.
//
//   <Language>_metadata.json    {"language": ..., "files": [...], "count": ...}: what was fetched
//   SHA256SUMS                  of all languages, for `sha256sum -c`
//
// Each is made anew and appears whole. Blocks.
#pragma once

#include <cstdint>
#include <string>

#include "core/dataset/execute.h"

namespace tideway::swh {

// Returns the number of files of the language. Errors: data, io, disk_full.
Result<int64_t> WriteMetadata(const std::string& to, const std::string& language);
// Returns the number of files of all languages.
Result<int64_t> WriteChecksums(const std::string& to);

// Deletes the files of the language whose blob_id is in no row of `plan`, and their lines of the
// manifest; returns how many blobs went. Errors: usage, for a plan without blob_id; data, where it
// has no rows, so that a mistake deletes nothing; conflict, while a download runs; io.
Result<int64_t> RemoveUnlisted(const dataset::Node& plan, const std::string& to,
                               const std::string& language, dataset::RunContext& run);

}  // namespace tideway::swh
