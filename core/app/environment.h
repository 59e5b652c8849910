// The environment variables that the program itself reads: the one list, for `tideway help
// environment` and `tideway doctor`.
#pragma once

#include <string>
#include <vector>

namespace tideway::app {

struct EnvironmentVariable {
  const char* name;
  const char* meaning;
};

const std::vector<EnvironmentVariable>& EnvironmentVariables();

// The list as text, one variable a line.
std::string EnvironmentText();

}  // namespace tideway::app
