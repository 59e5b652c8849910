#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/base/memory.h"
#include "core/hub/remote/fetch.h"
#include "core/hub/remote/path_patterns.h"

namespace tideway::app {
namespace {

class GetAction : public HubAction {
 public:
  const char* name() const override { return "get"; }
  const char* summary() const override {
    return "fetch a file, or all of a commit, into the cache that Python shares";
  }
  void Declare(CLI::App& command) override {
    target_.Declare(command);
    command.add_option("PATH", files_, "files of it; without any: all")->type_name("FILE");
    target_.DeclareRevision(command, "a branch, tag or commit (default main)");
    patterns_.Declare(command);
    command.add_option("--local-dir", local_, "put the files there, as they are, not in the cache")
        ->type_name("FOLDER");
    command.add_flag("--dry-run", dry_run_, "tell what would be fetched, and fetch nothing");
  }
  Result<ActionAnswer> Run(HubCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, target_.Resolve());
    hub::Api api(call.settings, net::SharedClient(), &call.transfer);
    const HubProgress progress(call.globals, call.transfer);
    ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> files, FilesAskedFor(path));
    const bool plain = local_.empty() && !dry_run_;
    if (plain && files.size() == 1) {
      return GetFile(api, {path.repo, files[0], path.revision}, call);
    }
    return GetAll(api, path, files, call);
  }

 private:
  // By their paths; empty: all that the patterns let through.
  Result<std::vector<std::string>> FilesAskedFor(const hub::HubPath& path) const {
    std::vector<std::string> files = files_;
    if (!path.path.empty()) files.insert(files.begin(), path.path);
    if (files.empty() || (patterns_.include.empty() && patterns_.exclude.empty())) return files;
    return Error(ErrorKind::kUsage, "usage: both a file and a pattern: " + files[0])
        .Hint("name files, or give --include and --exclude");
  }

  Result<ActionAnswer> GetAll(hub::Api& api, const hub::HubPath& path,
                              const std::vector<std::string>& files, HubCall& call) const {
    hub::SnapshotRequest request{path.repo,         path.revision, patterns_.include,
                                 patterns_.exclude, local_,        dry_run_};
    for (const std::string& file : files) request.include.push_back(hub::PatternOfPath(file));
    ARROW_ASSIGN_OR_RAISE(const hub::FetchedSnapshot snapshot,
                          hub::FetchSnapshot(api, request, call.cancel));
    for (const std::string& file : files) {
      if (Has(snapshot, file)) continue;
      return Error(ErrorKind::kNotFound, fmt::format("hub: no {} in {} {} at {}", file,
                                                     path.repo.noun(), path.repo.id, path.revision))
          .Hint(fmt::format("see `tideway hub ls {}`", path.repo.id));
    }
    const std::string planned =
        fmt::format("would fetch {} of {} files, {}, into {}\n", snapshot.fetched_files,
                    snapshot.files.size(), FormatBytes(snapshot.fetched_bytes), snapshot.folder);
    return ActionAnswer{{{"path", snapshot.folder},
                         {"commit", snapshot.commit},
                         {"files", snapshot.files.size()},
                         {"fetched_files", snapshot.fetched_files},
                         {"fetched_bytes", snapshot.fetched_bytes},
                         {"dry_run", dry_run_}},
                        dry_run_ ? planned : snapshot.folder + "\n"};
  }

  static bool Has(const hub::FetchedSnapshot& snapshot, const std::string& path) {
    return std::ranges::any_of(snapshot.files,
                               [&](const hub::RemoteFile& file) { return file.path == path; });
  }

  static Result<ActionAnswer> GetFile(hub::Api& api, const hub::FileRequest& request,
                                      HubCall& call) {
    ARROW_ASSIGN_OR_RAISE(const std::string file, hub::FetchFile(api, request, call.cancel));
    return ActionAnswer{{{"path", file}}, file + "\n"};
  }

  HubTarget target_;
  std::vector<std::string> files_;
  HubPatterns patterns_;
  std::string local_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakeGetAction() { return std::make_unique<GetAction>(); }

}  // namespace tideway::app
