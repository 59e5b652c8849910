#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/gate_class.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/limiter/limiter.h"

namespace tideway::limiter {

int OpenLimiter(lua_State* L);

namespace {

// new(rate, options): a Limiter.
Result<int> New(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const Rate rate, Rate::Parse(binding::CheckString(L, 1)));
  binding::Options options(L, 2, "limiter.new");
  const auto shared = options.OptionalString("shared");
  options.Finish();
  const Clock& clock = binding::RuntimeOf(L).run().clock();
  std::shared_ptr<Limiter> limiter;
  if (shared) {
    ARROW_ASSIGN_OR_RAISE(const std::string folder, SharedNumbers::Folder());
    ARROW_ASSIGN_OR_RAISE(limiter, Limiter::OpenShared(folder, *shared, rate, clock));
  } else {
    limiter = std::make_shared<Limiter>(rate, clock);
  }
  binding::PushObject<Gate>(L, std::move(limiter));
  return 1;
}

// acquire(limiter): returns when its turn has come.
Result<int> Acquire(lua_State* L) {
  const std::chrono::nanoseconds wait = binding::CheckSelf<Gate>(L).TakeTurn();
  if (wait <= wait.zero()) return 0;
  loop::Loop& loop = binding::RuntimeOf(L).loop();
  return binding::ParkUntil(L, [&loop, wait](binding::Resume resume) -> binding::GiveUp {
    const uint64_t timer =
        loop.After(wait, [resume = std::move(resume)] { resume(binding::Push()); });
    return [&loop, timer] { loop.CancelTimer(timer); };
  });
}

// try_acquire(limiter): whether its turn is now; it is taken then.
Result<int> TryAcquire(lua_State* L) {
  auto& limiter = static_cast<Limiter&>(binding::CheckSelf<Gate>(L));  // no other has the class
  lua_pushboolean(L, limiter.TryTakeTurn() ? 1 : 0);
  return 1;
}

}  // namespace

int OpenLimiter(lua_State* L) {
  return binding::PushModule(L, {{"new", binding::Entry<New>},
                                 {"acquire", binding::WaitingEntry<Acquire>},
                                 {"try_acquire", binding::Entry<TryAcquire>}});
}

}  // namespace tideway::limiter
