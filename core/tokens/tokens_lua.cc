#include <arrow/scalar.h>
#include <arrow/table.h>

#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/entry.h"
#include "core/binding/integer.h"
#include "core/binding/kernel.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dataset/dataset.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/sources.h"
#include "core/tokens/tokenizer.h"
#include "core/tokens/tokens_kernel.h"

namespace tideway::tokens {

// A tokenizer in Lua, with the state of the thread that Lua runs on.
struct LuaTokenizer {
  std::shared_ptr<const Tokenizer> tokenizer;
  TokenizerState state = {};
  IdBuffer ids = {};
};

}  // namespace tideway::tokens

namespace tideway::binding {
template <>
inline constexpr const char* kClassName<tokens::LuaTokenizer> = "tideway.Tokenizer";
}  // namespace tideway::binding

namespace tideway::tokens {
namespace {

using binding::CheckSelf;
using binding::Options;
using binding::Push;

// The content of one file: any that a plan can read.
Result<std::string> ReadFileOf(const std::string& path, dataset::RunContext& run) {
  const dataset::NodePtr plan = dataset::ReadRemote(
      {path}, [](auto files) { return dataset::ReadWholeFiles(std::move(files)); });
  ARROW_ASSIGN_OR_RAISE(const auto table, dataset::Dataset(plan).Collect(run));
  if (table->num_rows() != 1) {
    return Error(ErrorKind::kUsage, "tokens.load: not one file: " + path);
  }
  ARROW_ASSIGN_OR_RAISE(const auto cell, table->GetColumnByName("content")->GetScalar(0));
  return static_cast<const arrow::BaseBinaryScalar&>(*cell).value->ToString();
}

Result<int> Load(lua_State* L) {
  const std::string path = binding::CheckString(L, 1);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [path, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const std::string file, ReadFileOf(path, run));
    auto tokenizer = Tokenizer::FromJson(file);
    if (!tokenizer.ok()) return WithContext(path, tokenizer.status());
    auto loaded = std::make_shared<LuaTokenizer>();
    loaded->tokenizer = std::move(*tokenizer);
    return Push([loaded](lua_State* state) {
      binding::PushObject(state, loaded);
      return 1;
    });
  });
}

// Encodes the text at 2 into self.ids, by the options at 3.
Status EncodeText(lua_State* L, LuaTokenizer& self, const char* name) {
  const std::string text = binding::CheckString(L, 2);
  Options given(L, 3, name);
  const EncodeOptions options{.special = given.Bool("special", false)};
  given.Finish();
  self.ids.Clear();
  return self.tokenizer->Encode(text, options, self.state, self.ids);
}

Result<int> Encode(lua_State* L) {
  auto& self = CheckSelf<LuaTokenizer>(L);
  RETURN_NOT_OK(EncodeText(L, self, "tokens.encode"));
  lua_createtable(L, static_cast<int>(self.ids.size()), 0);
  for (size_t i = 0; i < self.ids.size(); ++i) {
    lua_pushinteger(L, self.ids.data()[i]);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  return 1;
}

Result<int> Count(lua_State* L) {
  auto& self = CheckSelf<LuaTokenizer>(L);
  RETURN_NOT_OK(EncodeText(L, self, "tokens.count"));
  binding::PushInt(L, static_cast<int64_t>(self.ids.size()));
  return 1;
}

Result<int> Decode(lua_State* L) {
  const auto& self = CheckSelf<LuaTokenizer>(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<int32_t> ids;
  for (int i = 1; i <= static_cast<int>(lua_objlen(L, 2)); ++i) {
    lua_rawgeti(L, 2, i);
    const auto id = binding::ToInt(L, -1);
    if (!id || *id < 0 || *id > INT32_MAX) {
      return Error(ErrorKind::kUsage, "tokens.decode: no id of a token at " + std::to_string(i) +
                                          ": " +
                                          (id ? std::to_string(*id) : binding::TypeName(L, -1)));
    }
    ids.push_back(static_cast<int32_t>(*id));
    lua_pop(L, 1);
  }
  Options given(L, 3, "tokens.decode");
  const DecodeOptions options{.special = given.Bool("special", false)};
  given.Finish();
  binding::PushString(L, self.tokenizer->Decode(ids, options));
  return 1;
}

Result<KernelOptions> ReadKernelOptions(lua_State* L, const char* name) {
  Options given(L, 2, name);
  KernelOptions options{.special = given.Bool("special", false)};
  ARROW_ASSIGN_OR_RAISE(
      options.invalid, binding::Choice<InvalidText>(
                           given, name, "invalid",
                           {{"refuse", InvalidText::kRefuse}, {"replace", InvalidText::kReplace}}));
  given.Finish();
  return options;
}

Result<int> Ids(lua_State* L) {
  const auto& self = CheckSelf<LuaTokenizer>(L);
  ARROW_ASSIGN_OR_RAISE(const KernelOptions options, ReadKernelOptions(L, "tokens.ids"));
  binding::PushKernel(L, MakeIdsKernel(self.tokenizer, options));
  return 1;
}

Result<int> Counts(lua_State* L) {
  const auto& self = CheckSelf<LuaTokenizer>(L);
  ARROW_ASSIGN_OR_RAISE(const KernelOptions options, ReadKernelOptions(L, "tokens.counts"));
  binding::PushKernel(L, MakeCountsKernel(self.tokenizer, options));
  return 1;
}

Result<int> IdOf(lua_State* L) {
  const auto& self = CheckSelf<LuaTokenizer>(L);
  const auto id = self.tokenizer->IdOf(binding::CheckString(L, 2));
  if (id) {
    binding::PushInt(L, *id);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

Result<int> TokenOf(lua_State* L) {
  const auto& self = CheckSelf<LuaTokenizer>(L);
  const int64_t id = binding::CheckInt(L, 2);
  const bool possible = id >= 0 && id <= INT32_MAX;
  const auto token = possible ? self.tokenizer->TokenOf(static_cast<int32_t>(id)) : std::nullopt;
  if (token) {
    binding::PushString(L, *token);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

Result<int> Size(lua_State* L) {
  binding::PushInt(L, CheckSelf<LuaTokenizer>(L).tokenizer->ids());
  return 1;
}

Result<int> Sha256Of(lua_State* L) {
  binding::PushString(L, CheckSelf<LuaTokenizer>(L).tokenizer->sha256());
  return 1;
}

}  // namespace

int OpenTokens(lua_State* L) {
  return binding::PushModule(L, {{"load", binding::WaitingEntry<Load>},
                                 {"encode", binding::Entry<Encode>},
                                 {"decode", binding::Entry<Decode>},
                                 {"count", binding::Entry<Count>},
                                 {"ids", binding::Entry<Ids>},
                                 {"counts", binding::Entry<Counts>},
                                 {"id_of", binding::Entry<IdOf>},
                                 {"token_of", binding::Entry<TokenOf>},
                                 {"size", binding::Entry<Size>},
                                 {"sha256", binding::Entry<Sha256Of>}});
}

}  // namespace tideway::tokens
