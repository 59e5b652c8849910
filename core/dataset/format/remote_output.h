// Places elsewhere as outputs: the shards of a write are made on this machine, sent as each is
// complete, and published together at the end.
//
//   SetOutput("s3://", ...);                                    // once, before the first write
//
//   ARROW_ASSIGN_OR_RAISE(auto output, OpenOutput("s3://bucket/rows", false, run));
//   RETURN_NOT_OK(output->Check());
//   RETURN_NOT_OK(output->Send(path, "train-00000-3f786850e387550f.parquet"));      // for each
//   RETURN_NOT_OK(output->Publish(names, manifest));
//
// Names are those of a content (ContentName): so what is sent replaces nothing that a reader uses,
// and what is there already is not sent again. Threads: those of SetOutput and Send any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/run_context.h"

namespace tideway::dataset {

class RemoteOutput {
 public:
  // Ends what is on the way; nothing is published by that.
  virtual ~RemoteOutput() = default;
  // Whether it can be written. Errors: usage, not_found, auth, network; conflict where it holds
  // what no earlier write put there.
  virtual Status Check() = 0;
  // Whether just what this manifest names is published there. After Check().
  virtual Result<bool> Holds(const std::string& manifest) = 0;
  // Sends the file at `path`, which is removed then; it returns when it is on the way. May tell an
  // error of one before.
  virtual Status Send(const std::string& path, const std::string& name) = 0;
  // Once all is there, makes `names` all there is. `manifest` is empty for a single file.
  virtual Status Publish(const std::vector<std::string>& names, const std::string& manifest) = 0;
};

// `uri` is a single file, or a folder.
using OpenRemote = std::function<Result<std::unique_ptr<RemoteOutput>>(
    const std::string& uri, bool is_file, RunContext& run)>;
// Sets what writes to addresses that begin with `scheme` go through; null: nothing any more.
void SetOutput(const std::string& scheme, OpenRemote open);

// Whether it begins with a scheme of SetOutput.
bool IsOutput(const std::string& uri);
Result<std::unique_ptr<RemoteOutput>> OpenOutput(const std::string& uri, bool is_file,
                                                 RunContext& run);

}  // namespace tideway::dataset
