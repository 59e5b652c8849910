// One action of `tideway queue`: a file <name>_action.cc and a line in queue_command.cc.
//
// Threads: used by the main thread only.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/app/actions.h"
#include "core/queue/queue.h"

namespace CLI {
class App;
}

namespace tideway::app {

class QueueAction {
 public:
  virtual ~QueueAction() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Whether it changes no job.
  virtual bool reads() const = 0;
  // Adds the action's own options and arguments.
  virtual void Declare(CLI::App& command) = 0;
  virtual Result<ActionAnswer> Run(queue::Store& store) = 0;
};

std::unique_ptr<QueueAction> MakeListJobsAction();
std::unique_ptr<QueueAction> MakeShowJobAction();
std::unique_ptr<QueueAction> MakeRetryJobsAction();
std::unique_ptr<QueueAction> MakePurgeJobsAction();

// Which jobs are meant, as several actions have it.
struct JobChoice {
  std::string queue;
  std::vector<std::string> states;
  std::string older;  // "7d"

  void DeclareQueue(CLI::App& command);
  void DeclareStates(CLI::App& command, const char* meaning);
  void DeclareOlder(CLI::App& command);
  Result<queue::JobFilter> Resolve() const;
};

// "2026-11-28 06:40:12", in UTC.
std::string TimeText(int64_t microseconds);

}  // namespace tideway::app
