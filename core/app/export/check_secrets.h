// No secret goes into a file that others read.
#pragma once

#include <string>

#include "core/base/error.h"

namespace tideway::app {

// An error of kind usage where `text` holds a password in a URI, something of the form of a token
// of the Hub, or the value of a variable of the environment that is named like a secret; `what`
// says where it comes from.
Status CheckSecrets(const std::string& what, const std::string& text);

}  // namespace tideway::app
