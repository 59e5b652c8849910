// Sinks that write files, which appear under their names together: what ParquetSink and TextSink
// have in common.
//
//   RETURN_NOT_OK(ExecuteWriters({{plan, sink.get()}}, run));   // complete, under temporary names
//   RETURN_NOT_OK(sink->Publish());                             // renamed; the folder is synced
//   for (const WrittenFile& file : sink->files()) ...
//
// A sink destroyed before Publish() leaves nothing behind. Threads: one at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/execute.h"
#include "core/dataset/format/shard_set.h"

namespace tideway::dataset {

class FileSink : public Sink {
 public:
  // Moves the files to their names, replacing what stood there. Call once, after Finish().
  Status Publish() { return WithContext(name(), shards_.Publish()); }
  // Complete after Finish().
  const std::vector<WrittenFile>& files() const { return shards_.files(); }
  // Instead of Publish(): what is complete outlasts the sink, for a later run to go on with.
  void Leave() { shards_.Leave(); }

 protected:
  // `ending`: of shards' names.
  FileSink(PartTarget target, std::string ending) : shards_(std::move(target), std::move(ending)) {}
  ShardSet shards_;
};

// ExecuteAll for plans that end in FileSinks: as many at once as the run's memory has room for (a
// row group each), one after another beyond.
Status ExecuteWriters(const std::vector<Execution>& executions, RunContext& run);
// The same for executions of one plan, which runs once: into all sinks side by side, or, where
// memory has no room for that, into a BatchStore that each of them is then given.
Status ExecuteTee(const std::vector<Execution>& executions, RunContext& run);

}  // namespace tideway::dataset
