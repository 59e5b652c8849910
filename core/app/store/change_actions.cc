#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/store/action.h"
#include "core/base/memory.h"
#include "core/store/folder_copy.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class CopyAction : public StoreAction {
 public:
  const char* name() const override { return "cp"; }
  const char* summary() const override { return "copy an object within its bucket, at the store"; }
  void Declare(CLI::App& command) override {
    command.add_option("from", from_, "an object")->type_name("ADDRESS")->required();
    command.add_option("to", to_, "the key of the copy")->type_name("ADDRESS")->required();
    command.add_flag("--dry-run", dry_run_, "tell what would be copied, and copy nothing");
  }
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place from, call.OpenObject(from_));
    ARROW_ASSIGN_OR_RAISE(const store::Place to, call.OpenObject(to_));
    if (from.store->uri() != to.store->uri()) {
      return Error(ErrorKind::kUsage, fmt::format("store: a copy stays in its bucket: {} to {}",
                                                  from.store->uri(), to.store->uri()))
          .Hint("fetch it with `tideway store get`, then send it with `put`");
    }
    ARROW_ASSIGN_OR_RAISE(store::Object object, from.store->Head(from.key, call.cancel));
    if (!dry_run_) {
      ARROW_ASSIGN_OR_RAISE(object, from.store->Copy(from.key, to.key, call.cancel));
    }
    return ActionAnswer{
        {{"from", from.key}, {"to", to.key}, {"bytes", object.size}, {"dry_run", dry_run_}},
        fmt::format("{} {} to {}, {}\n", dry_run_ ? "would copy" : "copied", from_, to_,
                    FormatBytes(object.size))};
  }

 private:
  std::string from_, to_;
  bool dry_run_ = false;
};

class RemoveAction : public StoreAction {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override { return "delete an object, or all below a prefix"; }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "an object; with -r a prefix, not a whole bucket");
    command.add_flag("-r,--recursive", recursive_, "delete all below the prefix");
    command.add_flag("--dry-run", dry_run_, "tell what would be deleted, and delete nothing");
  }
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place,
                          recursive_ ? call.Open(address_) : call.OpenObject(address_));
    ARROW_ASSIGN_OR_RAISE(const auto objects, Meant(place, call.cancel));
    std::vector<std::string> keys;
    std::string text;
    int64_t bytes = 0;
    for (const store::Object& object : objects) {
      keys.push_back(object.key);
      bytes += object.size;
      if (dry_run_) text += fmt::format("{:>12}  {}\n", FormatBytes(object.size), object.key);
    }
    if (!dry_run_) RETURN_NOT_OK(place.store->Delete(keys, call.cancel));
    text += fmt::format("{} {} objects, {}\n", dry_run_ ? "would delete" : "deleted",
                        WithCommas(static_cast<int64_t>(keys.size())), FormatBytes(bytes));
    return ActionAnswer{{{"deleted", keys}, {"bytes", bytes}, {"dry_run", dry_run_}}, text};
  }

 private:
  Result<std::vector<store::Object>> Meant(const store::Place& place,
                                           const CancelToken& cancel) const {
    if (!recursive_) {
      ARROW_ASSIGN_OR_RAISE(store::Object object, place.store->Head(place.key, cancel));
      return std::vector<store::Object>{std::move(object)};
    }
    if (place.key.empty()) {
      return Error(ErrorKind::kUsage, "store: a whole bucket is not emptied: " + address_)
          .Hint("name a prefix: " + place.store->uri() + "/data/");
    }
    return store::ListAll(*place.store, store::FolderPrefix(place.key), cancel);
  }

  std::string address_;
  bool recursive_ = false, dry_run_ = false;
};

class BucketAction : public StoreAction {
 public:
  const char* name() const override { return "mb"; }
  const char* summary() const override { return "make a bucket, where there is none of ours"; }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "a bucket: s3://bucket");
    command.add_flag("--dry-run", dry_run_, "look at the address only, and make nothing");
  }
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const auto store, store::OpenBucket(address_, call.options));
    if (!dry_run_) RETURN_NOT_OK(store->CreateBucket(call.cancel));
    return ActionAnswer{{{"bucket", store->uri()}, {"dry_run", dry_run_}},
                        fmt::format("{}{}\n", dry_run_ ? "would make " : "", store->uri())};
  }

 private:
  std::string address_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<StoreAction> MakeCopyObjectAction() { return std::make_unique<CopyAction>(); }
std::unique_ptr<StoreAction> MakeRemoveObjectsAction() { return std::make_unique<RemoveAction>(); }
std::unique_ptr<StoreAction> MakeBucketAction() { return std::make_unique<BucketAction>(); }

}  // namespace tideway::app
