#include "core/store/s3/profile_files.h"

#include <fmt/format.h>

#include <sstream>

#include "core/base/file.h"
#include "core/base/trim.h"

namespace tideway::store {
namespace {

// Adds the keys of the section that `is_meant` names, where there is no such key yet.
Status ReadSection(const std::string& path, const std::function<bool(const std::string&)>& is_meant,
                   Profile* profile) {
  if (!FileExists(path)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  std::istringstream lines(text);
  bool meant = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const bool nested = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    line = std::string(Trim(line));
    if (line.empty() || line[0] == '#' || line[0] == ';' || nested) continue;
    if (line.front() == '[' && line.back() == ']') {
      meant = is_meant(std::string(Trim(line.substr(1, line.size() - 2))));
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == line.npos) {
      return Error(
          ErrorKind::kUsage,
          fmt::format("store: line {} is neither [section] nor key = value: {}", number, path));
    }
    if (meant) profile->emplace(Trim(line.substr(0, equals)), Trim(line.substr(equals + 1)));
  }
  return Status::OK();
}

std::string PathOf(const Lookup& environment, const char* variable, const char* usual) {
  if (const auto path = environment(variable)) return *path;
  return environment("HOME").value_or("") + "/.aws/" + usual;
}

}  // namespace

std::string ProfileName(const Lookup& environment) {
  for (const char* variable : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (const auto name = environment(variable)) return *name;
  }
  return "default";
}

Result<Profile> ReadProfile(const Lookup& environment, const std::string& name) {
  Profile profile;
  RETURN_NOT_OK(ReadSection(
      PathOf(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
      [&](const std::string& section) { return section == name; }, &profile));
  RETURN_NOT_OK(ReadSection(
      PathOf(environment, "AWS_CONFIG_FILE", "config"),
      [&](const std::string& section) {
        return section == "profile " + name || (name == "default" && section == name);
      },
      &profile));
  return profile;
}

}  // namespace tideway::store
