// What the environment says of the Hub: the variables that every client of it honours.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace tideway::hub {

// The value of an environment variable, if it has any.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// As `lookup`, but without a token: one that is set, or that a login left, is not used.
Lookup Anonymous(Lookup lookup);

// Of this process.
std::optional<std::string> ProcessVariable(const std::string& name);

struct Settings {
  std::string endpoint =
      "https://huggingface.co";  // HF_ENDPOINT; may have a path; no `/` at its end
  std::string cache = {};        // HF_HUB_CACHE, else $HF_HOME/hub
  std::string state = {};        // $HF_HOME/tideway: what is kept for the next process
  // The first of HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HUGGINGFACE_TOKEN, HUGGINGFACE_API_KEY and the
  // file that a login left (HF_TOKEN_PATH, else $HF_HOME/token); empty: none.
  std::string token = {};
  std::string token_source = {};       // the variable or file it comes from
  std::string login_path = {};         // that file, whether or not it is there
  bool wants_oidc = false;             // HF_OIDC_RESOURCE: an exchange that we do not make
  bool offline = false;                // HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_DATASETS_OFFLINE
  bool symlinks = true;                // but for HF_HUB_DISABLE_SYMLINKS
  double etag_timeout_s = 10;          // HF_HUB_ETAG_TIMEOUT: for an answer about a file
  double download_timeout_s = 10;      // HF_HUB_DOWNLOAD_TIMEOUT: without a byte of it
  std::string user_agent_origin = {};  // HF_HUB_USER_AGENT_ORIGIN
  // Services beside the Hub. Empty: the endpoint is not the Hub's own, which others have none for.
  std::string viewer = {};     // HF_DATASETS_SERVER: the dataset viewer
  std::string inference = {};  // HF_INFERENCE_ENDPOINT

  // Errors: usage, for a variable that makes no sense; io, for a login that cannot be read.
  static Result<Settings> Read(const Lookup& lookup);
};

// Tells the log which Hub is asked and where the token for it comes from, and that HF_OIDC_RESOURCE
// is passed over; once in a process.
void LogHub(const Settings& settings);

}  // namespace tideway::hub
