#include <fmt/format.h>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/userdata.h"
#include "core/hub/hub_lua_internal.h"
#include "core/hub/remote/fetch.h"
#include "core/hub/remote/path_patterns.h"
#include "core/hub/remote/remote_repository.h"

namespace tideway::hub::lua {
namespace {

int PushSnapshot(lua_State* L, const FetchedSnapshot& snapshot) {
  lua_newtable(L);
  binding::PushString(L, snapshot.folder);
  lua_setfield(L, -2, "folder");
  binding::SetText(L, "commit", snapshot.commit);
  std::vector<std::string> paths;
  for (const RemoteFile& file : snapshot.files) paths.push_back(file.path);
  binding::PushStrings(L, paths);
  lua_setfield(L, -2, "files");
  binding::SetInt(L, "fetched_files", snapshot.fetched_files);
  binding::SetInt(L, "fetched_bytes", snapshot.fetched_bytes);
  return 1;
}

}  // namespace

Result<int> Fetch(lua_State* L) {
  const auto repository = binding::CheckObject<Repository>(L, 1);
  binding::Options options(L, 2, "hub.fetch");
  SnapshotRequest request;
  request.revision = options.String("revision", "main");
  request.local_folder = options.String("to", "");
  request.include = options.Strings("include");
  request.exclude = options.Strings("exclude");
  for (const std::string& path : options.Strings("files")) {
    request.include.push_back(PatternOfPath(path));
  }
  options.Finish();
  RemoteRepository* remote = repository->remote();
  if (remote == nullptr) {
    return Error(ErrorKind::kUsage,
                 fmt::format("hub.fetch: a folder is there already: {}", Redact(repository->uri())))
        .Hint("name a repository on the Hub: namespace/name");
  }
  request.repo = remote->repo();
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  request.dry_run = run.options().check_only;
  return binding::Park(L, [repository, remote, request, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const auto snapshot, FetchSnapshot(remote->api(), request, run.cancel()));
    if (request.dry_run) {
      run.RecordPlan(fmt::format("fetch {} files of {} at {}", snapshot.fetched_files,
                                 Redact(repository->uri()), snapshot.commit));
    }
    return binding::Push([snapshot](lua_State* to) { return PushSnapshot(to, snapshot); });
  });
}

}  // namespace tideway::hub::lua
