// What an execution may use and where it reports: one per run, shared by every plan the script
// executes.
//
// Threads: the accessors are safe from any thread; so are the counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/dataset/progress.h"
#include "core/dataset/reuse/file_hashes.h"
#include "core/dataset/step.h"

namespace tideway::dataset {

class Node;
using NodePtr = std::shared_ptr<const Node>;

// A plan and what it is called: a part of an output.
struct NamedPlan {
  std::string name;
  NodePtr plan;
};

struct RunOptions {
  int workers = 0;                     // 0: one per core the process may use
  int64_t memory_bytes = 512LL << 20;  // the promise for the whole process
  std::string scratch_parent = {};     // folder for spill files, made at the first spill
  bool check_only = false;             // `tideway check`: sinks validate and do nothing
  // With check_only, `tideway why`: what only looks at rows does so, for scripts may ask; what
  // would be written is noted (planned_writes).
  bool trace = false;
  // Where the run remembers hashes of files and what it published, for later runs; empty: nowhere.
  std::string memory_folder = {};
  std::string version = {};  // the program's: what another one published is made anew
  bool fresh = false;        // look at nothing that earlier runs left
};

// Something the run read, with its content hash, for the receipt.
struct InputRecord {
  std::string uri;   // redacted
  std::string hash;  // "sha256:..." of a file, "xxh128:..." of a query's rows
  int64_t rows = -1;
  int64_t bytes = -1;
};

// Something the run published, for the receipt and for what `tideway run` prints. One record per
// file, or one for a table or an upload that has no files.
struct OutputRecord {
  std::string uri;   // redacted: where a reader finds it
  std::string hash;  // "sha256:..." of its bytes; empty where the outside system gives none
  int64_t rows = -1;
  int64_t bytes = -1;
  bool kept = false;  // an earlier run published the same; this one left it there
};

// What a sink would write with RunOptions::trace.
struct PlannedWrite {
  std::string place;  // the file or folder, as the script names it
  std::vector<NamedPlan> parts;
};

class BatchStore;

class RunContext {
 public:
  explicit RunContext(RunOptions options, const Clock& clock = SystemClock());
  ~RunContext();

  const RunOptions& options() const { return options_; }
  int workers() const { return workers_; }
  const Clock& clock() const { return clock_; }
  CancelToken& cancel() { return cancel_; }
  // The share of the promise that stores and barriers may hold. Stores share its ownership: they
  // may outlive the run.
  MemoryBudget& budget() { return *budget_; }
  const std::shared_ptr<MemoryBudget>& shared_budget() const { return budget_; }
  // The target size of a batch in flight, chosen so that workers * in-flight batches keep the
  // promise, over all executions that run now.
  int64_t batch_bytes() const;
  int64_t batch_rows() const { return 64 * 1024; }
  Result<ScratchFolder*> scratch();

  // Held by an execution while it runs with at most `batches` in flight, for each time that this
  // exceeds what batch_bytes() reckons with.
  class Executing {
   public:
    Executing(RunContext& run, int batches)
        : count_(run.executions_), shares_(run.SharesOf(batches)) {
      count_ += shares_;
    }
    ~Executing() { count_ -= shares_; }
    Executing(const Executing&) = delete;

   private:
    std::atomic<int>& count_;
    const int shares_;
  };
  // The batches in flight that batch_bytes() reckons with: enough to keep every worker busy while
  // one is read and one is taken.
  int batches_in_flight() const { return workers_ + 2; }
  // What so many batches in flight are reckoned to take, in all their copies.
  int64_t reckoned_bytes(int batches) const;

  // Adds to the counts of its step; called once per execution, or for each batch that was used.
  void Count(const StepCounts& counts);
  void CountAll(const std::vector<StepCounts>& counts);
  // What was read twice with the same content is recorded once.
  void RecordInput(InputRecord input);
  // Called by a sink once its files are published: `outputs` are now all there is at or below
  // `place`. What the run published there before is gone, and no output of it any more.
  void RecordOutputs(std::string_view place, std::vector<OutputRecord> outputs);
  void RecordOutput(OutputRecord output);
  // By source, and from it onwards: the same order however the plans' executions ended.
  std::vector<StepCounts> steps() const;
  std::vector<InputRecord> inputs() const;
  // Those with one of these URIs.
  std::vector<InputRecord> inputs_among(const std::set<std::string>& uris) const;
  std::vector<OutputRecord> outputs() const;

  // Called by a sink instead of running, when options().check_only: `text` is the sink's name and
  // what it would do, with its plan (PrintPlan) indented below. `tideway check` prints them in
  // order.
  void RecordPlan(std::string text);
  std::vector<std::string> plans() const;

  void RecordWrite(PlannedWrite write);
  std::vector<PlannedWrite> planned_writes() const;
  // Whether rows are not even looked at: numbers of rows are made up.
  bool pretends() const { return options_.check_only && !options_.trace; }

  ProgressBoard& progress() { return progress_; }
  FileHashes& file_hashes() { return file_hashes_; }

  // Rows that a plan gave and that somebody still holds, by the plan's fingerprint (see
  // materialise.h). The run itself keeps none alive.
  void KeepRows(const std::string& fingerprint, const std::shared_ptr<BatchStore>& rows);
  std::shared_ptr<BatchStore> KeptRows(const std::string& fingerprint) const;
  bool keeps_rows() const;

 private:
  int SharesOf(int batches) const {
    return (batches + batches_in_flight() - 1) / batches_in_flight();
  }

  const RunOptions options_;
  const int workers_;
  const Clock& clock_;
  CancelToken cancel_;
  const std::shared_ptr<MemoryBudget> budget_;
  const int64_t batch_bytes_;
  std::atomic<int> executions_{0};
  mutable std::mutex mutex_;
  std::unique_ptr<ScratchFolder> scratch_;
  std::map<Step, StepCounts> steps_;
  std::vector<InputRecord> inputs_;
  std::vector<OutputRecord> outputs_;
  std::vector<std::string> plans_;
  std::vector<PlannedWrite> writes_;
  ProgressBoard progress_{clock_};
  FileHashes file_hashes_;
  mutable std::map<std::string, std::weak_ptr<BatchStore>> kept_rows_;
  std::shared_ptr<void> thread_limit_;  // lets oneTBB run more workers than there are cores
};

}  // namespace tideway::dataset
