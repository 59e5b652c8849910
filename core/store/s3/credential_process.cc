#include "core/store/s3/credential_process.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/store/text_field.h"

namespace tideway::store {
namespace {

constexpr size_t kMostBytes = size_t{64} << 10;

struct ClosePipe {
  void operator()(FILE* pipe) const { pclose(pipe); }
};

}  // namespace

std::chrono::microseconds TimeOf(const std::string& text) {
  std::tm time = {};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  return end == nullptr ? std::chrono::microseconds{} : std::chrono::seconds(timegm(&time));
}

Result<FoundKeys> KeysOfJson(const std::string& text, const std::string& what) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object()) {
    FoundKeys found{.keys = {TextField(json, "AccessKeyId"), TextField(json, "SecretAccessKey"),
                             TextField(json, "SessionToken") + TextField(json, "Token")},
                    .expires = TimeOf(TextField(json, "Expiration")),
                    .source = what};
    if (!found.keys.id.empty() && !found.keys.secret.empty()) return found;
  }
  return Error(ErrorKind::kAuth, fmt::format("store: no AccessKeyId and SecretAccessKey in what {} "
                                             "says",
                                             what));
}

Result<FoundKeys> KeysOfProcess(const std::string& command) {
  std::unique_ptr<FILE, ClosePipe> pipe(popen(command.c_str(), "re"));
  if (pipe == nullptr) return ErrnoError(errno, "store: cannot run", "credential_process");
  std::string text(kMostBytes, '\0');
  text.resize(fread(text.data(), 1, text.size(), pipe.get()));
  const int status = pclose(pipe.release());
  if (status != 0) {
    return Error(ErrorKind::kAuth,
                 fmt::format("store: credential_process of the AWS profile ends with status {}",
                             WIFEXITED(status) ? WEXITSTATUS(status) : status))
        .Hint("run it by itself to see why");
  }
  return KeysOfJson(text, "credential_process");
}

}  // namespace tideway::store
