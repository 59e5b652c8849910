// One action of `tideway hub`: a file <name>_action.cc and a line in hub_command.cc.
//
// Threads: used by the main thread only.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/app/actions.h"
#include "core/base/cancel.h"
#include "core/hub/remote/repo_id.h"
#include "core/hub/remote/settings.h"
#include "core/hub/remote/transfer.h"

namespace CLI {
class App;
}

namespace tideway::app {

// What an action works with.
struct HubCall {
  const Globals& globals;
  hub::Settings settings;
  const CancelToken& cancel;
  hub::Transfer& transfer;
  hub::Lookup environment;  // that the settings are of
  // Sets what else the first signal does, besides setting `cancel`; null: nothing.
  std::function<void(std::function<void()>)> on_cancel;
};

class HubAction {
 public:
  virtual ~HubAction() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Adds the action's own options and arguments.
  virtual void Declare(CLI::App& command) = 0;
  virtual Result<ActionAnswer> Run(HubCall& call) = 0;
};

std::unique_ptr<HubAction> MakeWhoAmIAction();
std::unique_ptr<HubAction> MakeInfoAction();
std::unique_ptr<HubAction> MakeListAction();
std::unique_ptr<HubAction> MakeGetAction();
std::unique_ptr<HubAction> MakeLoginAction();
std::unique_ptr<HubAction> MakePutAction();
std::unique_ptr<HubAction> MakePushAction();
std::unique_ptr<HubAction> MakeTagAction();
std::unique_ptr<HubAction> MakeBranchAction();
std::unique_ptr<HubAction> MakeVerifyAction();
std::unique_ptr<HubAction> MakeCacheAction();

// The argument that names a repository, as several actions have it.
struct HubTarget {
  std::string repository;
  std::string revision;

  void Declare(CLI::App& command);
  void DeclareRevision(CLI::App& command, const char* meaning);
  // Without a revision: `main`. Errors: usage.
  Result<hub::HubPath> Resolve() const;
  // As Resolve, of a whole repository.
  Result<hub::HubPath> ResolveWhole() const;
};

// Which files of it are meant.
struct HubPatterns {
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  void Declare(CLI::App& command);
};

}  // namespace tideway::app
