// One content from its source into its file: read, checked, decoded, written, noted.
//
// Its SHA-1 must be its blob_id; where it is not, it is read once more, and then what came is put
// into `quarantine/`. Threads: any; blocks.
#pragma once

#include <functional>
#include <string>

#include "core/base/clock.h"
#include "core/swh/file_name.h"
#include "core/swh/row.h"
#include "core/swh/source.h"

namespace tideway::swh {

enum class OnError { kReplace, kSkip, kStrict };

struct KeepOptions {
  std::string to;
  std::string language;
  Names names = Names::kBlob;
  bool decode = true;  // the file is UTF-8; else as it was archived
  OnError on_error = OnError::kReplace;
};

// What became of a blob.
struct Kept {
  std::string state;  // "fetched", "missing", "denied", "too_large", "quarantined", "undecodable"
  int64_t bytes = 0;  // of the file
  int64_t replaced = 0;
  bool slowed = false;
  std::string line;  // of the manifest
};

class Keeper {
 public:
  // `source`, `clock`: outlive it.
  Keeper(KeepOptions options, Source& source, const Clock& clock)
      : options_(std::move(options)), source_(source), clock_(clock) {}
  // A content beyond `most_bytes` is too_large. Errors: those of the source, of writing (io,
  // disk_full), and, with OnError::kStrict, data.
  Result<Kept> Keep(const Row& row, int64_t most_bytes, const CancelToken& cancel) const;

 private:
  Result<Answer> ReadChecked(const std::string& blob_id, int64_t most_bytes,
                             const CancelToken& cancel) const;
  Result<Kept> Refuse(const Row& row, const Answer& answer) const;
  Result<Kept> Write(const Row& row, Answer answer) const;
  Kept Noted(const Row& row, const std::string& state, const Row& facts) const;

  const KeepOptions options_;
  Source& source_;
  const Clock& clock_;
};

}  // namespace tideway::swh
