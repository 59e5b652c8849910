// The files that AWS's tools share: ~/.aws/credentials and ~/.aws/config.
#pragma once

#include <map>
#include <string>

#include "core/store/store.h"

namespace tideway::store {

using Profile = std::map<std::string, std::string>;  // by key, in lower case

// What both files say of the profile `name`; the credentials file wins. Empty where there is none.
// Errors: usage, for a file that cannot be read as one.
Result<Profile> ReadProfile(const Lookup& environment, const std::string& name);

// AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default".
std::string ProfileName(const Lookup& environment);

}  // namespace tideway::store
