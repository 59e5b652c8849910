// A write of some parts in one format: what WriteFiles() and WriteTee() are made of.
//
//   Write write(parts, target, format, run);
//   RETURN_NOT_OK(write.CheckTarget());
//   RETURN_NOT_OK(write.CheckParts());
//   RETURN_NOT_OK(write.Open());
//   ARROW_ASSIGN_OR_RAISE(const auto published, write.FindPublished());
//   if (published) return write.Keep(*published);              // there is nothing to do
//   RETURN_NOT_OK(write.Prepare(true));
//   RETURN_NOT_OK(ExecuteWriters(write.executions(), run));
//   return write.Publish();
//
// write.cc checks and publishes; write_again.cc is about what other runs left, write_remote.cc
// about places elsewhere. Threads: one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/remote_output.h"
#include "core/dataset/format/replace_folder.h"
#include "core/dataset/format/shard_log.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/reuse/published.h"

namespace tideway::dataset {

class BatchStore;

class Write {
 public:
  Write(const std::vector<WritePart>& parts, const WriteTarget& target, const FileFormat& format,
        RunContext& run);
  Write(const Write&) = delete;

  Status CheckTarget() const;
  Status CheckParts() const;
  // Looks at the place, where it is elsewhere.
  Status Open();
  // Records what would be done.
  Status CheckOnly() const;
  // What an earlier run published, where that is what this one would. Records nothing.
  Result<std::optional<PublishedOutput>> FindPublished() const;
  // Leaves it there, and records it as this run's.
  Result<std::vector<WrittenShard>> Keep(const PublishedOutput& published) const;
  // Opens the place and the sinks. With `go_on`, takes over what a killed run left, if it would
  // have written the same, and notes what is complete for a later one.
  Status Prepare(bool go_on);
  // What is to be run between Prepare() and Publish().
  const std::vector<Execution>& executions() const { return executions_; }
  // Moves the files to their names, and records them.
  Result<std::vector<WrittenShard>> Publish();
  // After a failure: has a later run go on with what is complete, where it would not fail again.
  void Leave(const Status& failure);

 private:
  bool is_file() const;
  Status CheckShards() const;
  Status CheckScheme() const;
  Status CheckPlace() const;
  // Has shards sent as they are complete; a single file waits for Publish().
  Status PrepareRemote(PartTarget& place);
  Status PublishRemote(const std::vector<WrittenShard>& shards);
  // Whether a run may begin in the middle of the rows.
  bool CanGoOn() const;
  Status PrepareFolder(bool go_on, std::vector<FinishedShard>& finished);
  Result<bool> TakeOver(std::vector<FinishedShard>& finished);
  Status TakeOverFolder(const std::string& leftover, const std::string& key,
                        const std::vector<FinishedShard>& finished);
  Result<ShardCuts> CutsOf(const Node& plan);
  Error Misuse(const std::string& what) const;
  // Where the files go.
  std::string Folder() const;
  // What the bytes depend on, as a hash.
  Result<std::string> Key() const;
  Result<std::string> LearnKey(const CancelToken& stop) const;
  Result<std::vector<KnownIdentities>> Identities() const;
  // Whether the nodes of a part say of themselves what they said before it ran.
  Result<bool> SaysTheSame(size_t part) const;
  // What the run has read so far of what these plans read.
  Result<std::vector<InputRecord>> Inputs() const;
  // Lets a later run keep what was published. Does not read on for that what the plans did not
  // read.
  Status Remember(const std::vector<WrittenShard>& shards) const;
  // As outputs of the run; `kept`: it found them there.
  void Record(const std::vector<WrittenShard>& shards, bool kept) const;

  const std::vector<WritePart>& parts_;
  const WriteTarget& target_;
  const FileFormat& format_;
  RunContext& run_;
  const bool remembers_;  // for later runs
  const PublishedOutputs published_;
  std::vector<KnownIdentities> identities_;         // before it runs
  std::unique_ptr<FolderReplacement> replacement_;  // for a folder of this machine
  std::unique_ptr<RemoteOutput> remote_;            // for a place elsewhere
  std::string staging_;                             // where its files are made
  std::vector<std::shared_ptr<BatchStore>> kept_;   // rows of plans that had to be counted
  std::unique_ptr<ShardLog> log_;
  std::vector<std::unique_ptr<FileSink>> sinks_;
  std::vector<Execution> executions_;
};

}  // namespace tideway::dataset
