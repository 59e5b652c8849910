// Where the queues of a project are, unless it says otherwise.
#pragma once

#include <string>

namespace tideway::queue {

// $TIDEWAY_QUEUE, else the file state.db in `state_folder`; empty where neither is given.
std::string DefaultUri(const std::string& state_folder);

}  // namespace tideway::queue
