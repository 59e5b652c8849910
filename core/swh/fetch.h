// The contents of a dataset's rows as files, many at a time, each blob once.
//
//   ARROW_ASSIGN_OR_RAISE(const FetchReport report, Fetch(*plan, request, *source, run));
//
// What is there is not fetched again; a run that was killed is gone on with. Each file appears
// whole under its name (file_name.h), and is noted (manifest.h). Contents of more than 1 MiB come
// one after the other, by a thread of their own, so that memory is bounded. Blocks.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/dataset/execute.h"
#include "core/swh/keep.h"

namespace tideway::swh {

struct FetchRequest {
  KeepOptions keep;
  // Only rows all of whose detected_licenses are among these; empty: all rows.
  std::set<std::string> licenses = {};
  int64_t most_rows = 0;                   // of those; 0: all
  int64_t most_bytes = int64_t{16} << 20;  // of a content
  size_t batch = 100;                      // lines of the manifest that are written at a time
  size_t at_once = 64;                     // contents; fewer while the other side is slow

  // An error of kind usage for what makes no sense.
  Status Validate() const;
};

struct FetchReport {
  int64_t refused = 0;                         // rows by their licences
  int64_t rows = 0;                            // the others
  int64_t kept = 0;                            // rows whose blob was there, or came before
  std::map<std::string, int64_t> states = {};  // of the other rows, as of Kept::state
  int64_t bytes = 0;                           // of the files that are new
  int64_t replaced = 0;  // new files that have U+FFFD in place of what was no text
  std::string manifest = {};
};

// Errors: those of the plan, of the source (auth, network), of the manifest (conflict), of writing
// (disk_full). What was fetched by then is noted.
Result<FetchReport> Fetch(const dataset::Node& plan, const FetchRequest& request, Source& source,
                          dataset::RunContext& run);

}  // namespace tideway::swh
