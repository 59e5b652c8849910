#include "core/app/addresses.h"

#include <string>
#include <utility>
#include <vector>

#include "core/app/fetch_file.h"
#include "core/app/find_in_store.h"
#include "core/app/find_on_hub.h"
#include "core/app/write_to_store.h"

namespace tideway::app {

void ReadAddresses(hub::Lookup environment) {
  dataset::SetFetch(FetchFile);
  for (const char* scheme : {"s3://", "gs://"}) {
    dataset::SetFind(scheme, [environment](const std::vector<std::string>& urls,
                                           dataset::Reads reads, dataset::RunContext& run) {
      return FindInStore(urls, reads, environment, run);
    });
    dataset::SetOutput(
        scheme, [environment](const std::string& uri, bool is_file, dataset::RunContext& run) {
          return OpenStoreOutput(uri, is_file, environment, run);
        });
  }
  dataset::SetFind(
      "hf://", [environment = std::move(environment)](
                   const std::vector<std::string>& urls, dataset::Reads reads,
                   dataset::RunContext& run) { return FindOnHub(urls, reads, environment, run); });
}

}  // namespace tideway::app
