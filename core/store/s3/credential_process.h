// Keys that a program of the user's gives (credential_process of an AWS profile).
#pragma once

#include <string>

#include "core/store/s3/credentials.h"

namespace tideway::store {

// Runs `command` by the shell and reads its JSON: Version 1, AccessKeyId, SecretAccessKey and
// perhaps SessionToken and Expiration. Errors of kind auth: it fails, or says something else.
Result<FoundKeys> KeysOfProcess(const std::string& command);

// The same of a text: of a container or a machine, whose token is called Token. `what` begins
// the errors.
Result<FoundKeys> KeysOfJson(const std::string& text, const std::string& what);
// "2026-01-02T03:04:05Z"; zero for what is no time.
std::chrono::microseconds TimeOf(const std::string& text);

}  // namespace tideway::store
