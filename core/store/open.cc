#include "core/store/open.h"

#include <cstdlib>
#include <utility>

#include "core/base/secret.h"
#include "core/store/file/folder_store.h"
#include "core/store/gcs/gcs_store.h"
#include "core/store/s3/s3_store.h"

namespace tideway::store {
namespace {

constexpr std::string_view kS3 = "s3://", kGs = "gs://", kFile = "file:";

// `rest`: "bucket/key".
Result<Place> OpenGoogle(const std::string& rest, OpenOptions options) {
  const bool of_s3 = !options.region.empty() || !options.profile.empty() ||
                     !options.keys.id.empty() || options.path_style || options.requester_pays;
  if (of_s3) {
    return Error(ErrorKind::kUsage,
                 "store: region, profile, keys, path_style and requester_pays are of s3:// only");
  }
  const size_t slash = rest.find('/');
  const Lookup environment = options.environment ? options.environment : ProcessVariable;
  ARROW_ASSIGN_OR_RAISE(auto store, OpenGcs({.bucket = rest.substr(0, slash),
                                             .environment = environment,
                                             .state = StateFolder(environment),
                                             .endpoint = std::move(options.endpoint),
                                             .project = std::move(options.project),
                                             .anonymous = options.anonymous}));
  return Place{std::move(store), slash == rest.npos ? "" : rest.substr(slash + 1)};
}

}  // namespace

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string StateFolder(const Lookup& environment) {
  if (const auto folder = environment("XDG_STATE_HOME")) return *folder + "/tideway";
  const auto home = environment("HOME");
  return home ? *home + "/.local/state/tideway" : "";
}

bool IsStore(const std::string& uri) {
  return uri.starts_with(kS3) || uri.starts_with(kGs) || uri.starts_with(kFile);
}

Result<Place> Open(const std::string& uri, OpenOptions options) {
  if (uri.starts_with(kFile)) {
    std::string folder = uri.substr(kFile.size());
    if (folder.starts_with("//")) folder.erase(0, 2);
    if (folder.empty()) return Error(ErrorKind::kUsage, "store: which folder? file:");
    return Place{OpenFolder(folder), ""};
  }
  if (uri.starts_with(kGs)) return OpenGoogle(uri.substr(kGs.size()), std::move(options));
  if (!uri.starts_with(kS3)) {
    return Error(ErrorKind::kUsage, "store: no address of a store: " + Redact(uri))
        .Hint("write s3://bucket, gs://bucket or file:/folder");
  }
  const std::string rest = uri.substr(kS3.size());
  const size_t slash = rest.find('/');
  const Lookup environment = options.environment ? options.environment : ProcessVariable;
  ARROW_ASSIGN_OR_RAISE(auto store, OpenS3({.bucket = rest.substr(0, slash),
                                            .environment = environment,
                                            .state = StateFolder(environment),
                                            .endpoint = std::move(options.endpoint),
                                            .region = std::move(options.region),
                                            .profile = std::move(options.profile),
                                            .keys = std::move(options.keys),
                                            .path_style = options.path_style,
                                            .anonymous = options.anonymous,
                                            .requester_pays = options.requester_pays,
                                            .spend_limit_usd = options.spend_limit_usd}));
  return Place{std::move(store), slash == rest.npos ? "" : rest.substr(slash + 1)};
}

Result<std::shared_ptr<Store>> OpenBucket(const std::string& uri, OpenOptions options) {
  ARROW_ASSIGN_OR_RAISE(Place place, Open(uri, std::move(options)));
  if (place.key.empty()) return std::move(place.store);
  return Error(ErrorKind::kUsage, "store: a bucket is opened without a key: " + Redact(uri))
      .Hint("open " + place.store->uri() + " and name the key in each call");
}

}  // namespace tideway::store
