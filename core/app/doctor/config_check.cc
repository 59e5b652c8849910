#include <arrow/compute/initialize.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "core/app/doctor/checkup.h"
#include "core/app/environment.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/base/file.h"
#include "core/hub/remote/settings.h"
#include "core/net/url.h"

namespace tideway::app {
namespace {

std::string Variable(const std::string& name) { return hub::ProcessVariable(name).value_or(""); }

// Variables that mean one thing; the first that is set is taken.
const std::vector<std::vector<std::string>>& Synonyms() {
  static const std::vector<std::vector<std::string>> synonyms = {
      {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY"},
      {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"},
      {"http_proxy", "HTTP_PROXY"},
      {"https_proxy", "HTTPS_PROXY"},
      {"no_proxy", "NO_PROXY"}};
  return synonyms;
}

Status CheckContradictions() {
  for (const auto& names : Synonyms()) {
    std::string taken;
    for (const std::string& name : names) {
      if (Variable(name).empty()) continue;
      if (taken.empty()) taken = name;
      if (Variable(name) == Variable(taken)) continue;
      return Error(ErrorKind::kUsage,
                   fmt::format("doctor: {} and {} differ, and mean one thing", taken, name))
          .Hint(fmt::format("unset one of them; {} is taken", taken));
    }
  }
  return Status::OK();
}

// Whether the state's folder can be written, or made; makes nothing.
Result<std::string> CheckState() {
  const std::string folder = StateFolder(".");
  ARROW_ASSIGN_OR_RAISE(const std::string nearest, NearestFolder(folder));
  const Status writable = CheckWritable(nearest);
  if (writable.ok()) return folder;
  return Error(KindOf(writable), writable.message())
      .Hint("set TIDEWAY_HOME to a folder that can be written");
}

// The names of what is set; values may be secrets.
std::string SetVariables() {
  std::string set;
  for (const EnvironmentVariable& variable : EnvironmentVariables()) {
    if (!Variable(variable.name).empty()) set += std::string(" ") + variable.name;
  }
  return set.empty() ? "" : ", set:" + set;
}

}  // namespace

Finding CheckConfig(const DoctorOptions&, const CancelToken&) {
  RETURN_NOT_OK(LuaFolder().status());
  RETURN_NOT_OK(Program::Start({}).status());
  RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(const hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
  RETURN_NOT_OK(CheckContradictions());
  ARROW_ASSIGN_OR_RAISE(const std::string state, CheckState());
  return fmt::format("{}, {}, state in {}{}", net::RedactUrl(settings.endpoint),
                     settings.token.empty() ? "no token" : "token of " + settings.token_source,
                     state, SetVariables());
}

}  // namespace tideway::app
