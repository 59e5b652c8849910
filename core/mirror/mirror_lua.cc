#include <fmt/format.h>

#include <algorithm>

#include "core/base/memory.h"
#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/shape.h"
#include "core/mirror/mirror.h"

namespace tideway::mirror {

int OpenMirror(lua_State* L);

namespace {

using binding::Options;

// "100GB", or a number of bytes.
Result<int64_t> Bytes(lua_State* L, Options& options, const char* name, int64_t fallback) {
  options.PushValue(name);
  const bool is_text = lua_type(L, -1) == LUA_TSTRING;
  lua_pop(L, 1);
  if (!is_text) return options.Int(name, fallback);
  const auto bytes = ParseBytes(options.String(name, ""));
  return bytes.ok() ? bytes : WithContext(fmt::format("mirror.run: {}", name), bytes.status());
}

Result<MirrorRequest> ReadRequest(lua_State* L) {
  Options options(L, 1, "mirror.run");
  MirrorRequest request;
  request.root = options.String("root", "");
  request.datasets = options.Strings("datasets");
  request.allow = options.Strings("allow");
  request.include = options.Strings("include");
  request.exclude = options.Strings("exclude");
  request.download = options.Bool("download", request.download);
  request.verify = options.Bool("verify", request.verify);
  request.repair = options.Bool("repair", request.download);
  request.cleanup = options.Bool("cleanup", request.cleanup);
  request.force = options.Bool("force", request.force);
  ARROW_ASSIGN_OR_RAISE(request.reserve, Bytes(L, options, "reserve", request.reserve));
  ARROW_ASSIGN_OR_RAISE(request.portion_bytes, Bytes(L, options, "portion", request.portion_bytes));
  request.room_wait_s = options.Number("room_wait_s", request.room_wait_s);
  request.lease_s = options.Number("lease_s", request.lease_s);
  const int64_t at_once = options.Int("at_once", static_cast<int64_t>(request.at_once));
  request.at_once = static_cast<size_t>(std::clamp<int64_t>(at_once, 0, 1024));
  const auto small = [&](const char* name, int fallback) {
    return static_cast<int>(std::clamp<int64_t>(options.Int(name, fallback), -1, 1'000'000));
  };
  request.tries = small("tries", request.tries);
  request.rank = small("rank", request.rank);
  request.world = small("world", request.world);
  options.Finish();
  RETURN_NOT_OK(request.Validate());
  return request;
}

int PushReports(lua_State* L, const std::vector<DatasetReport>& reports) {
  lua_createtable(L, static_cast<int>(reports.size()), 0);
  for (size_t i = 0; i < reports.size(); ++i) {
    const DatasetReport& report = reports[i];
    lua_newtable(L);
    binding::SetText(L, "id", report.id);
    binding::SetText(L, "commit", report.commit);
    binding::SetText(L, "state", report.state);
    binding::SetInt(L, "files", report.files);
    binding::SetInt(L, "bytes", report.bytes);
    binding::SetInt(L, "fetched_files", report.fetched_files);
    binding::SetInt(L, "fetched_bytes", report.fetched_bytes);
    binding::PushStrings(L, report.wrong);
    binding::MarkArray(L);
    lua_setfield(L, -2, "wrong");
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  binding::MarkArray(L);
  return 1;
}

// Of several failures the first one's kind.
Status Failure(const std::vector<DatasetReport>& reports) {
  std::vector<const DatasetReport*> failed;
  for (const DatasetReport& report : reports) {
    if (!report.error.ok()) failed.push_back(&report);
  }
  if (failed.empty()) return Status::OK();
  const Status& first = failed.front()->error;
  if (failed.size() == 1) return WithContext(failed.front()->id, first);
  return Error(KindOf(first),
               fmt::format("mirror: {} of {} datasets failed, the first: {}: {}", failed.size(),
                           reports.size(), failed.front()->id, first.message()))
      .Hint("the log has a line ERROR for each")
      .Cause(first);
}

// run(options): a list of reports, see lua/tideway/mirror.lua.
Result<int> Run(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const MirrorRequest request, ReadRequest(L));
  ARROW_ASSIGN_OR_RAISE(const auto api, hub::OpenApi([](const std::string& name) {
                          return binding::ReadEnvironment(name, /*take=*/false);
                        }));
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (run.options().check_only) {
    RETURN_NOT_OK(CheckRequest(*api, request));
    run.RecordPlan(
        fmt::format("mirror {} datasets into {}", request.datasets.size(), request.root));
    return PushReports(L, {});
  }
  return binding::Park(L, [api, request, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const auto reports, Mirror(*api, request, run.cancel()));
    for (const DatasetReport& report : reports) {
      if (!report.error.ok()) continue;
      run.RecordOutput({.uri = request.root + "/" + report.id,
                        .hash = "commit:" + report.commit,
                        .bytes = report.bytes,
                        .kept = report.fetched_files == 0});
    }
    RETURN_NOT_OK(Failure(reports));
    return binding::Push([reports](lua_State* to) { return PushReports(to, reports); });
  });
}

}  // namespace

int OpenMirror(lua_State* L) {
  return binding::PushModule(L, {{"run", binding::WaitingEntry<Run>}});
}

}  // namespace tideway::mirror
