#include <fmt/format.h>

#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/userdata.h"
#include "core/store/folder_copy.h"
#include "core/store/store_lua_internal.h"

namespace tideway::store::lua {
namespace {

Result<FolderCopyOptions> ReadOptions(lua_State* L, const char* function) {
  constexpr int64_t kMost = 64;
  binding::Options options(L, 4, function);
  const int64_t concurrency = options.Int("concurrency", FolderCopyOptions{}.concurrency);
  const bool always = options.Bool("always", false);
  options.Finish();
  if (concurrency < 1 || concurrency > kMost) {
    return Error(ErrorKind::kUsage, fmt::format("{}: concurrency must be from 1 to {}, not {}",
                                                function, kMost, concurrency));
  }
  return FolderCopyOptions{.concurrency = static_cast<size_t>(concurrency), .always = always};
}

int PushCopied(lua_State* L, const Copied& copied) {
  lua_newtable(L);
  binding::SetInt(L, "objects", copied.objects);
  binding::SetInt(L, "bytes", copied.bytes);
  binding::SetInt(L, "skipped", copied.skipped);
  return 1;
}

using CopyFolder = std::function<Result<Copied>(const CancelToken& cancel)>;

Result<int> ParkCopy(lua_State* L, const std::string& plan, CopyFolder copy) {
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (OnlyPlan(run, plan)) return PushCopied(L, {});
  return binding::Park(L, [copy = std::move(copy), &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(Copied copied, copy(run.cancel()));
    RETURN_NOT_OK(copied.status());
    return binding::Push(
        [copied = std::move(copied)](lua_State* to) { return PushCopied(to, copied); });
  });
}

}  // namespace

Result<int> DownloadFolder(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string prefix = binding::CheckString(L, 2);
  const std::string folder = binding::CheckString(L, 3);
  ARROW_ASSIGN_OR_RAISE(const FolderCopyOptions options, ReadOptions(L, "store.download"));
  return ParkCopy(
      L, fmt::format("fetch {}/{} into {}", self->uri(), prefix, folder),
      [=](const CancelToken& cancel) { return Download(*self, prefix, folder, options, cancel); });
}

Result<int> UploadFolder(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string folder = binding::CheckString(L, 2);
  const std::string prefix = binding::CheckString(L, 3);
  ARROW_ASSIGN_OR_RAISE(const FolderCopyOptions options, ReadOptions(L, "store.upload"));
  return ParkCopy(
      L, fmt::format("put {} to {}/{}", folder, self->uri(), prefix),
      [=](const CancelToken& cancel) { return Upload(*self, folder, prefix, options, cancel); });
}

}  // namespace tideway::store::lua
