#include "core/dataset/format/remote_output.h"

#include <map>
#include <mutex>
#include <utility>

namespace tideway::dataset {
namespace {

class Outputs {
 public:
  static Outputs& Instance() {
    static Outputs outputs;
    return outputs;
  }
  void Set(const std::string& scheme, OpenRemote open) {
    std::lock_guard lock(mutex_);
    if (open) {
      by_scheme_[scheme] = std::move(open);
    } else {
      by_scheme_.erase(scheme);
    }
  }
  OpenRemote Find(const std::string& uri) const {
    std::lock_guard lock(mutex_);
    for (const auto& [scheme, open] : by_scheme_) {
      if (uri.starts_with(scheme)) return open;
    }
    return nullptr;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, OpenRemote> by_scheme_;
};

}  // namespace

void SetOutput(const std::string& scheme, OpenRemote open) {
  Outputs::Instance().Set(scheme, std::move(open));
}

bool IsOutput(const std::string& uri) { return Outputs::Instance().Find(uri) != nullptr; }

Result<std::unique_ptr<RemoteOutput>> OpenOutput(const std::string& uri, bool is_file,
                                                 RunContext& run) {
  const OpenRemote open = Outputs::Instance().Find(uri);
  if (open) return open(uri, is_file, run);
  return Error(ErrorKind::kUsage, "no place that is written to: " + uri);
}

}  // namespace tideway::dataset
