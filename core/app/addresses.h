// What sources with an address are fetched and found with, and outputs with one are sent with:
//
//   ReadAddresses(hub::ProcessVariable);   // once, before the first plan is opened
#pragma once

#include "core/hub/remote/settings.h"

namespace tideway::app {

// Has plans read https:// (fetch_file.h), s3:// and gs:// (find_in_store.h) and hf://
// (find_on_hub.h), and writes go to s3:// and gs:// (write_to_store.h), by this environment.
void ReadAddresses(hub::Lookup environment);

}  // namespace tideway::app
