#include "core/store/store.h"

#include <fmt/format.h>

namespace tideway::store {

std::string Unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

Status CheckPresign(const PresignOptions& options) {
  constexpr int64_t kMostSeconds = 604800;
  if (options.method != "GET" && options.method != "PUT") {
    return Error(ErrorKind::kUsage,
                 fmt::format("store: cannot presign for the method {}", options.method))
        .Hint("methods are \"GET\" and \"PUT\"");
  }
  if (options.expires_s >= 1 && options.expires_s <= kMostSeconds) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("store: expires_s must be from 1 to {}: {}",
                                              kMostSeconds, options.expires_s));
}

Error NoSuchObject(const std::string& uri, const std::string& key) {
  return Error(ErrorKind::kNotFound, fmt::format("store: no object {}/{}", uri, key))
      .Hint("list what there is: tideway store ls " + uri);
}

Error ObjectChanged(const std::string& uri, const std::string& key) {
  return Error(ErrorKind::kConflict,
               fmt::format("store: {}/{} changed while it was read", uri, key))
      .Retryable()
      .Hint("run it again once nobody writes there");
}

Error ObjectExists(const std::string& uri, const std::string& key) {
  return Error(ErrorKind::kConflict, fmt::format("store: {}/{} is there already", uri, key))
      .Hint("choose another key, or leave out if_absent");
}

Error ObjectReplaced(const std::string& uri, const std::string& key) {
  return Error(ErrorKind::kConflict,
               fmt::format("store: {}/{} is not what was to be replaced", uri, key))
      .Retryable()
      .Hint("somebody else writes there: run it again");
}

}  // namespace tideway::store
