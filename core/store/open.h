// Opens what an address names: `s3://bucket/key`, `gs://bucket/key`, `file:/folder`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/store/s3/sign_v4.h"
#include "core/store/store.h"

namespace tideway::store {

// Of S3 unless it says otherwise; empty: as the environment says.
struct OpenOptions {
  Lookup environment = {};  // empty: of this process
  std::string endpoint = {};
  std::string region = {};
  std::string profile = {};
  Keys keys = {};
  std::optional<bool> path_style = {};
  bool anonymous = false;
  bool requester_pays = false;
  double spend_limit_usd = 0;
  std::string project = {};  // of buckets that are made in Google's store
};

struct Place {
  std::shared_ptr<Store> store;
  std::string key;  // empty: the bucket itself
};

// Whether it is an address of a store.
bool IsStore(const std::string& uri);
// Errors of kind usage: an address of another form, options that make no sense.
Result<Place> Open(const std::string& uri, OpenOptions options = {});
// As Open, of a whole bucket.
Result<std::shared_ptr<Store>> OpenBucket(const std::string& uri, OpenOptions options = {});

// Of this process; an empty variable counts as unset.
std::optional<std::string> ProcessVariable(const std::string& name);
// What is kept for the next process: $XDG_STATE_HOME/tideway, else ~/.local/state/tideway.
std::string StateFolder(const Lookup& environment);

}  // namespace tideway::store
