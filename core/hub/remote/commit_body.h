// What one commit on the Hub holds, and the lines that say it.
#pragma once

#include <string>
#include <vector>

#include "core/hub/remote/upload_file.h"

namespace tideway::hub {

struct CommitContent {
  std::string message = {};            // the first line is the title
  std::string parent = {};             // empty: none
  std::vector<UploadFile> large = {};  // that the server holds already
  std::vector<UploadFile> inlined = {};
  std::vector<std::string> removed = {};

  std::string title() const;
  bool empty() const { return large.empty() && inlined.empty() && removed.empty(); }
  size_t size() const { return large.size() + inlined.size() + removed.size(); }
};

// As application/x-ndjson: a header, then one operation a line.
Result<std::string> CommitBody(const CommitContent& content);

}  // namespace tideway::hub
