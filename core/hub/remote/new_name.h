// Repositories that have been renamed: the Hub leads from the old name to the new one.
#pragma once

#include <string>

namespace tideway::hub {

// Warns, once for each old name, when a request for `asked` was answered by the address of another
// repository. Both are URLs below `endpoint`; others tell nothing. Thread safety: any thread.
void TellNewName(const std::string& endpoint, const std::string& asked,
                 const std::string& answered);

}  // namespace tideway::hub
