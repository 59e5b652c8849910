#include "core/queue/place.h"

#include <cstdlib>

namespace tideway::queue {

std::string DefaultUri(const std::string& state_folder) {
  const char* uri = std::getenv("TIDEWAY_QUEUE");
  if (uri != nullptr && *uri != '\0') return uri;
  return state_folder.empty() ? "" : "sqlite:" + state_folder + "/state.db";
}

}  // namespace tideway::queue
