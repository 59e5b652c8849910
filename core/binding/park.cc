#include "core/binding/park.h"

#include <memory>
#include <utility>

#include "core/binding/runtime.h"
#include "core/binding/tasks.h"

namespace tideway::binding {

Result<int> ParkUntil(lua_State* L, const StartWait& start) {
  return RuntimeOf(L).tasks().Wait(L, start, true);
}

Result<int> Park(lua_State* L, std::function<Result<Push>()> work) {
  Runtime& runtime = RuntimeOf(L);
  auto start = [&runtime, &work](Resume resume) -> GiveUp {
    auto outcome = std::make_shared<Result<Push>>(Push());
    runtime.loop().Offload(
        [work = std::move(work), outcome]() {
          *outcome = work();
          return Status::OK();
        },
        [resume = std::move(resume), outcome](const Status& status) {
          resume(status.ok() ? std::move(*outcome) : Result<Push>(status));
        });
    return {};
  };
  return runtime.tasks().Wait(L, start, false);
}

}  // namespace tideway::binding
