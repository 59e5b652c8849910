#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/hub/action.h"
#include "core/app/hub/read_secret.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/hub/remote/api.h"

namespace tideway::app {
namespace {

bool IsToken(const std::string& text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

// The file is its owner's alone from the first moment on, and whole.
Status Store(const std::string& token, const std::string& path) {
  constexpr mode_t kOwnerOnly = 0700;
  const size_t slash = path.rfind('/');
  if (slash != path.npos && slash > 0 && !FileExists(path.substr(0, slash))) {
    const std::string folder = path.substr(0, slash);
    RETURN_NOT_OK(MakeFolders(folder));
    chmod(folder.c_str(), kOwnerOnly);
  }
  return WriteFileAtomic(path, token, 0600);
}

class LoginAction : public HubAction {
 public:
  const char* name() const override { return "login"; }
  const char* summary() const override {
    return "keep a token for all clients of the Hub, read from standard input";
  }
  void Declare(CLI::App& command) override {
    command.add_flag("--dry-run", dry_run_, "check the token, and keep nothing");
    // Taken to be refused without being shown.
    command.add_option("token", given_)->group("");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    if (!given_.empty()) {
      return Error(ErrorKind::kUsage,
                   "usage: a token is never an argument, which others on the machine can see")
          .Hint(
              "give it on standard input: tideway hub login < file; and make a new one, for "
              "this one stands in your shell's history");
    }
    ARROW_ASSIGN_OR_RAISE(
        const std::string token,
        ReadSecret(fmt::format("token, from {}/settings/tokens (it is not shown): ",
                               call.settings.endpoint),
                   call.cancel));
    RegisterSecret(token);
    if (!IsToken(token)) {
      return Error(ErrorKind::kUsage,
                   token.empty() ? "usage: no token on standard input"
                                 : "usage: what is on standard input is no token: it has spaces "
                                   "or other signs that none has")
          .Hint(fmt::format("copy one from {}/settings/tokens", call.settings.endpoint));
    }
    hub::Settings settings = call.settings;
    settings.token = token;
    settings.token_source = "standard input";
    hub::Api api(settings, net::SharedClient());
    ARROW_ASSIGN_OR_RAISE(const hub::Identity identity, api.WhoAmI(call.cancel));
    if (!dry_run_) RETURN_NOT_OK(Store(token, settings.login_path));
    return Answer(call.settings, identity);
  }

 private:
  ActionAnswer Answer(const hub::Settings& before, const hub::Identity& identity) const {
    const bool hidden = !before.token_source.empty() && before.token_source != before.login_path;
    if (hidden) {
      LogWarn("hub: {} is set and goes before this login: unset it to use what is kept here",
              before.token_source);
    }
    std::string text =
        fmt::format("{} {}", dry_run_ ? "the token is that of" : "logged in as", identity.name);
    if (!identity.role.empty()) text += fmt::format(", which may {}", identity.role);
    text += fmt::format("; {} {}\n", dry_run_ ? "not kept in" : "kept in", before.login_path);
    return {{{"name", identity.name},
             {"role", identity.role},
             {"path", before.login_path},
             {"hidden_by", hidden ? nlohmann::ordered_json(before.token_source) : nullptr},
             {"dry_run", dry_run_}},
            text};
  }

  std::vector<std::string> given_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakeLoginAction() { return std::make_unique<LoginAction>(); }

}  // namespace tideway::app
