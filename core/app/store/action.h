// One action of `tideway store`: a file <name>_action.cc and a line in store_command.cc.
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
#include "core/hub/remote/transfer.h"
#include "core/store/folder_copy.h"
#include "core/store/open.h"

namespace CLI {
class App;
}

namespace tideway::app {

// What an action works with.
struct StoreCall {
  const Globals& globals;
  const store::OpenOptions& options;
  const CancelToken& cancel;
  hub::Transfer& transfer;

  // Errors: usage, for no address of a store.
  Result<store::Place> Open(const std::string& address) const;
  // The same of one object.
  Result<store::Place> OpenObject(const std::string& address) const;
};

class StoreAction {
 public:
  virtual ~StoreAction() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Adds the action's own options and arguments.
  virtual void Declare(CLI::App& command) = 0;
  virtual Result<ActionAnswer> Run(StoreCall& call) = 0;
};

std::unique_ptr<StoreAction> MakeListObjectsAction();
std::unique_ptr<StoreAction> MakeStatObjectAction();
std::unique_ptr<StoreAction> MakeGetObjectsAction();
std::unique_ptr<StoreAction> MakePutObjectsAction();
std::unique_ptr<StoreAction> MakeCopyObjectAction();
std::unique_ptr<StoreAction> MakeRemoveObjectsAction();
std::unique_ptr<StoreAction> MakePresignAction();
std::unique_ptr<StoreAction> MakeBucketAction();

// The argument that names an object or a prefix.
void DeclareAddress(CLI::App& command, std::string& address, const char* meaning);

nlohmann::ordered_json ObjectJson(const store::Object& object);

// Runs a copy of a whole folder and shows how far it is; `step`: "fetch", "send". Gives the files
// in the order of their keys. Errors: those of the copy, and of files that failed.
using FolderCopy = std::function<Result<store::Copied>(const store::FolderCopyOptions& options)>;
Result<std::vector<store::CopiedFile>> CopyFolder(StoreCall& call, const char* step,
                                                  store::FolderCopyOptions options,
                                                  const FolderCopy& copy);
// `verb`: "fetched", "sent".
ActionAnswer AnswerOf(const std::vector<store::CopiedFile>& files, const std::string& uri,
                      const char* verb, bool dry_run);

}  // namespace tideway::app
