#include "core/app/environment.h"

#include <fmt/format.h>

namespace tideway::app {

const std::vector<EnvironmentVariable>& EnvironmentVariables() {
  static const std::vector<EnvironmentVariable> variables = {
      {"AWS_ACCESS_KEY_ID",
       "whose keys s3:// is asked with; AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 and the like "
       "as "
       "AWS's tools read them"},
      {"HF_DATASETS_SERVER",
       "the dataset viewer's address (default the Hub's, where HF_ENDPOINT is the Hub)"},
      {"HF_ENDPOINT", "the Hub's address (default https://huggingface.co); may have a path"},
      {"HF_HOME", "where the Hub's clients keep files (default ~/.cache/huggingface)"},
      {"HF_HUB_CACHE", "where they keep downloads (default hub in HF_HOME)"},
      {"HF_HUB_OFFLINE", "when 1, on, yes or true, the Hub is not asked: what is there is used"},
      {"HF_INFERENCE_ENDPOINT", "that of the service that runs models (default as above)"},
      {"HF_TOKEN", "who one is on the Hub (else what a login left in HF_HOME)"},
      {"LOG_LEVEL", "trace, debug, info (default), warn, error or off; -v and -q win"},
      {"NO_COLOR", "when set, no colour on standard error"},
      {"SWH_API",
       "the web API of Software Heritage (default "
       "https://archive.softwareheritage.org/api/1)"},
      {"SWH_ENDPOINT", "a server of S3's protocol that has its bucket (default AWS's own)"},
      {"TIDEWAY_HOME", "where runs and scratch files go (default: .tideway beside scripts/)"},
      {"TIDEWAY_KEEP_RUNS", "how many runs keep their folder there (default 100); older ones go"},
      {"TIDEWAY_LIMITS",
       "the folder in which processes share rates and quotas (default /tmp/tideway-<uid>)"},
      {"TIDEWAY_QUEUE",
       "the database of queues (default state.db in TIDEWAY_HOME); postgresql:// for many "
       "machines"},
      {"TIDEWAY_RANK",
       "which part of TIDEWAY_WORLD a run does, from 0 on (default: Slurm's array)"},
      {"TIDEWAY_WORLD", "how many parts there are"},
      {"TZ", "ignored: all times are UTC"},
      {"XDG_STATE_HOME", "where uploads and payments of s3:// are noted (default ~/.local/state)"},
  };
  return variables;
}

std::string EnvironmentText() {
  std::string text;
  for (const EnvironmentVariable& variable : EnvironmentVariables()) {
    text += fmt::format("  {:<21}  {}\n", variable.name, variable.meaning);
  }
  return text + "\nWhat a pipeline reads (`tw.env`) its own script says.\n";
}

}  // namespace tideway::app
