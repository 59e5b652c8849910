#include "core/hub/remote/commit_body.h"

#include <arrow/util/base64.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

void AddLine(const char* key, Json value, std::string* body) {
  const Json line{{"key", key}, {"value", std::move(value)}};
  *body += line.dump(-1, ' ', false, Json::error_handler_t::replace);
  *body += '\n';
}

}  // namespace

std::string CommitContent::title() const {
  const std::string first = message.substr(0, message.find('\n'));
  return first.empty() ? "Upload dataset" : first;
}

Result<std::string> CommitBody(const CommitContent& content) {
  std::string body;
  const size_t first_line = std::min(content.message.find('\n'), content.message.size());
  const size_t rest =
      std::min(content.message.find_first_not_of('\n', first_line), content.message.size());
  Json header{{"summary", content.title()}, {"description", content.message.substr(rest)}};
  if (!content.parent.empty()) header["parentCommit"] = content.parent;
  AddLine("header", std::move(header), &body);
  for (const UploadFile& file : content.large) {
    AddLine("lfsFile",
            {{"path", file.path}, {"algo", "sha256"}, {"oid", file.sha256}, {"size", file.size}},
            &body);
  }
  for (const UploadFile& file : content.inlined) {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
    ARROW_ASSIGN_OR_RAISE(const std::string text, bytes->Read(0, file.size));
    AddLine("file",
            {{"path", file.path},
             {"encoding", "base64"},
             {"content", arrow::util::base64_encode(text)}},
            &body);
  }
  for (const std::string& path : content.removed) AddLine("deletedFile", {{"path", path}}, &body);
  return body;
}

}  // namespace tideway::hub
