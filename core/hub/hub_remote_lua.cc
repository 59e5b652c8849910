#include <fmt/format.h>

#include <memory>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/userdata.h"
#include "core/hub/hub_lua_internal.h"
#include "core/hub/remote/branches.h"
#include "core/hub/remote/question.h"
#include "core/hub/remote/remote_repository.h"
#include "core/hub/remote/viewer.h"

namespace tideway::hub::lua {
namespace {

using binding::Options;

// The one at argument 1, which lives as long as what is returned.
Result<std::shared_ptr<RemoteRepository>> OnTheHub(lua_State* L, const char* what) {
  const auto repository = binding::CheckObject<Repository>(L, 1);
  RemoteRepository* remote = repository->remote();
  if (remote != nullptr) return std::shared_ptr<RemoteRepository>(repository, remote);
  return Error(ErrorKind::kUsage,
               fmt::format("hub: a folder has no {}: {}", what, Redact(repository->uri())))
      .Hint("only repositories on the Hub have: write namespace/name");
}

}  // namespace

Result<int> AddBranch(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const auto self, OnTheHub(L, "branches"));
  const std::string name = binding::CheckString(L, 2);
  RETURN_NOT_OK(CheckBranch(name));
  Options options(L, 3, "hub.branch");
  const std::string from = options.String("from", "main");
  options.Finish();
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [self, name, from, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const RepoInfo info, self->api().Info(self->repo(), from, run.cancel()));
    if (run.options().check_only) {
      run.RecordPlan(fmt::format("make the branch {} of {} at {}", name, self->uri(), from));
    } else {
      const Ref branch{.name = name, .ref = "", .commit = info.commit};
      RETURN_NOT_OK(MakeBranch(self->api(), self->repo(), branch, run.cancel()));
    }
    return binding::Push([commit = info.commit](lua_State* to) {
      binding::PushString(to, commit);
      return 1;
    });
  });
}

Result<int> RemoveBranch(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const auto self, OnTheHub(L, "branches"));
  const std::string name = binding::CheckString(L, 2);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (run.options().check_only) {
    run.RecordPlan(fmt::format("delete the branch {} of {}", name, self->uri()));
    return 0;
  }
  return binding::Park(L, [self, name, &run]() -> Result<binding::Push> {
    RETURN_NOT_OK(DropBranch(self->api(), self->repo(), name, run.cancel()));
    return binding::Push();
  });
}

Result<int> AskViewer(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const auto self, OnTheHub(L, "viewer"));
  ViewerQuestion question{.what = binding::CheckString(L, 2)};
  Options options(L, 3, "hub.viewer");
  question.config = options.String("config", "");
  question.split = options.String("split", "");
  options.Finish();
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [self, question, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const ViewerAnswer answer,
                          Viewer(self->api(), self->repo()).Ask(question, cancel));
    return binding::Push([answer](lua_State* to) {
      lua_newtable(to);
      binding::PushString(to, answer.json);
      lua_setfield(to, -2, "json");
      binding::SetText(to, "revision", answer.revision);
      lua_pushboolean(to, answer.stale ? 1 : 0);
      lua_setfield(to, -2, "stale");
      return 1;
    });
  });
}

Result<int> AskModel(lua_State* L) {
  Options options(L, 1, "hub.answer");
  Question question;
  question.model = options.String("model", question.model);
  question.question = options.String("question", "");
  question.context = options.String("context", "");
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(const RepoId model, RepoId::Make(RepoType::kModel, question.model));
  ARROW_ASSIGN_OR_RAISE(const auto api, OpenApi(FromEnvironment));
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [api, question, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const FoundAnswer found, AnswerQuestion(*api, question, cancel));
    return binding::Push([found](lua_State* to) {
      lua_newtable(to);
      binding::PushString(to, found.text);
      lua_setfield(to, -2, "answer");
      lua_pushnumber(to, found.score);
      lua_setfield(to, -2, "score");
      binding::PushInt(to, found.start);
      lua_setfield(to, -2, "start");
      binding::PushInt(to, found.end);
      lua_setfield(to, -2, "stop");
      return 1;
    });
  });
}

}  // namespace tideway::hub::lua
