// A Space: an app that the Hub runs. Paused, restarted, watched, and given its settings.
//
//   Space space(api, repo);
//   RETURN_NOT_OK(space.Restart(false, cancel).status());
//   RETURN_NOT_OK(space.Wait("RUNNING", 600, cancel).status());
//
// A secret's value can be set and not read; it is in no log and no error. Threads: any; all methods
// that take a CancelToken block.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

struct SpaceRuntime {
  std::string stage;                    // "RUNNING", "BUILDING", "PAUSED", ...
  std::string hardware = {};            // "cpu-basic"; empty while it runs on none
  std::string requested_hardware = {};  // that it gets at the next start
  std::string error = {};               // what the Hub says of a failure
};

class Space {
 public:
  // Looks at the stage are `patience.base_s` apart at first, `patience.cap_s` at most.
  Space(std::shared_ptr<Api> api, RepoId repo, Patience patience = {.base_s = 2, .cap_s = 15},
        const Clock& clock = SystemClock());

  const std::string& id() const { return repo_.id; }

  Result<SpaceRuntime> Runtime(const CancelToken& cancel) const;
  Result<SpaceRuntime> Pause(const CancelToken& cancel);
  // `factory`: builds it anew, without what earlier builds left.
  Result<SpaceRuntime> Restart(bool factory, const CancelToken& cancel);
  // Returns once the Space is in that stage. For some seconds after a change that was made by this
  // object, the Hub may still tell the stage before: it is not believed until it stays. Errors:
  // network, for a stage that nothing but a change leads out of (BUILD_ERROR, PAUSED, ...);
  // timeout; usage.
  Result<SpaceRuntime> Wait(const std::string& stage, double timeout_s, const CancelToken& cancel);

  // The Hub restarts a Space that runs when these change.
  Status SetSecret(const std::string& key, const std::string& value, const CancelToken& cancel);
  Status DeleteSecret(const std::string& key, const CancelToken& cancel);
  Result<std::map<std::string, std::string>> Variables(const CancelToken& cancel) const;
  Status SetVariable(const std::string& key, const std::string& value, const CancelToken& cancel);
  Status DeleteVariable(const std::string& key, const CancelToken& cancel);

  // "ns/name", or "hf://spaces/ns/name". Errors: usage.
  static Result<RepoId> ParseId(std::string id);
  // OK for letters, digits and `_`, beginning with a letter.
  static Status CheckKey(const std::string& key);
  // OK for the name of a stage, also of one that is not known here.
  static Status CheckStage(const std::string& stage);
  // OK for more than nothing, up to a week.
  static Status CheckTimeout(double seconds);

 private:
  // `what` is for errors: "pause it".
  Result<nlohmann::json> Call(const char* what, net::Request request,
                              const CancelToken& cancel) const;
  Error Refused(const char* what, const Status& answer, int status) const;
  Result<SpaceRuntime> Change(const char* what, const std::string& rest, const CancelToken& cancel);
  Status Put(const char* what, const char* list, const std::string& key, const std::string& value,
             const CancelToken& cancel);
  Status Remove(const char* what, const char* list, const std::string& key,
                const CancelToken& cancel);
  void NoteChange(const std::string& before);
  Error WillNotCome(const std::string& wanted, const SpaceRuntime& runtime) const;
  std::string Page() const;

  const std::shared_ptr<Api> api_;
  const RepoId repo_;
  const Patience patience_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<std::string> before_;  // the stage before a change since the last Wait()
};

// Restarts each of them; one that cannot be is a warning. Returns the names of those that were.
std::vector<std::string> RestartSpaces(const std::shared_ptr<Api>& api,
                                       const std::vector<RepoId>& spaces,
                                       const CancelToken& cancel);

}  // namespace tideway::hub
