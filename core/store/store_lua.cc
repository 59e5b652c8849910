#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/userdata.h"
#include "core/store/open.h"
#include "core/store/source.h"
#include "core/store/store_lua_internal.h"
#include "core/store/transfer.h"

namespace tideway::store {

int OpenStore(lua_State* L);

bool lua::OnlyPlan(dataset::RunContext& run, const std::string& what) {
  if (run.options().check_only) run.RecordPlan(what);
  return run.options().check_only;
}

namespace {

using binding::Options;
using binding::SetInt;
using binding::SetText;
using lua::OnlyPlan;
using StorePtr = std::shared_ptr<Store>;

std::string SecretOption(lua_State* L, Options& options, const char* name) {
  options.PushValue(name);
  std::string text;
  if (!lua_isnil(L, -1)) text = binding::CheckSecretOrString(L, lua_gettop(L));
  lua_pop(L, 1);
  return text;
}

int PushFacts(lua_State* L, const Object& object) {
  lua_newtable(L);
  SetText(L, "key", object.key);
  SetInt(L, "size", object.size);
  SetText(L, "etag", object.etag);
  SetText(L, "md5", object.md5);
  SetText(L, "crc32c", object.crc32c);
  SetText(L, "content_type", object.content_type);
  SetText(L, "modified", object.modified);
  SetText(L, "storage_class", object.storage_class);
  SetText(L, "url", object.url);
  binding::PushClass(L, "tideway.store.Object");
  lua_setmetatable(L, -2);
  return 1;
}

binding::Push PushObjectFacts(Object object) {
  return [object = std::move(object)](lua_State* to) { return PushFacts(to, object); };
}

// open(uri, options): a store, see lua/tideway/store.lua.
Result<int> OpenOne(lua_State* L) {
  const std::string uri = binding::CheckString(L, 1);
  Options options(L, 2, "store.open");
  OpenOptions open;
  open.environment = [](const std::string& name) {
    return binding::ReadEnvironment(name, /*take=*/false);
  };
  open.endpoint = options.String("endpoint", "");
  open.region = options.String("region", "");
  open.profile = options.String("profile", "");
  open.keys.id = SecretOption(L, options, "access_key_id");
  open.keys.secret = SecretOption(L, options, "secret_access_key");
  open.keys.session_token = SecretOption(L, options, "session_token");
  if (options.Has("path_style")) open.path_style = options.Bool("path_style", false);
  open.anonymous = options.Bool("anonymous", false);
  open.requester_pays = options.Bool("requester_pays", false);
  open.spend_limit_usd = options.Number("spend_limit_usd", 0);
  open.project = options.String("project", "");
  options.Finish();
  RegisterSecret(open.keys.secret);
  RegisterSecret(open.keys.session_token);
  ARROW_ASSIGN_OR_RAISE(StorePtr store, OpenBucket(uri, std::move(open)));
  binding::PushObject(L, std::move(store));
  return 1;
}

int PushListing(lua_State* L, const Page& page) {
  lua_newtable(L);
  int index = 0;
  for (const Object& object : page.objects) {
    PushFacts(L, object);
    lua_rawseti(L, -2, ++index);
  }
  binding::PushStrings(L, page.prefixes);
  return 2;
}

Result<int> ListObjects(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  ListRequest request;
  if (!lua_isnoneornil(L, 2)) request.prefix = binding::CheckString(L, 2);
  Options options(L, 3, "store.list");
  request.delimiter = options.String("delimiter", "");
  options.Finish();
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [self, request, &cancel]() mutable -> Result<binding::Push> {
    Page all;
    do {
      ARROW_ASSIGN_OR_RAISE(const Page page, self->List(request, cancel));
      all.objects.insert(all.objects.end(), page.objects.begin(), page.objects.end());
      all.prefixes.insert(all.prefixes.end(), page.prefixes.begin(), page.prefixes.end());
      request.next = page.next;
    } while (!request.next.empty());
    return binding::Push([all](lua_State* to) { return PushListing(to, all); });
  });
}

Result<int> Head(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [self, key, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(Object object, self->Head(key, cancel));
    return PushObjectFacts(std::move(object));
  });
}

Result<int> Get(lua_State* L) {
  constexpr int64_t kMostBytes = int64_t{64} << 20;
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  Options options(L, 3, "store.get");
  const int64_t first = options.Int("first", 0);
  const int64_t size = options.Int("size", -1);
  options.Finish();
  if (first < 0 || size < -1 || size > kMostBytes || (first > 0 && size < 0)) {
    return Error(
        ErrorKind::kUsage,
        fmt::format("store.get: no range of at most 64 MiB: first {}, size {}", first, size));
  }
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [self, key, first, size, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const std::string text,
                          size < 0 ? GetText(*self, key, kMostBytes, cancel)
                                   : GetRange(*self, key, {first, first + size}, cancel));
    return binding::Push([text](lua_State* to) {
      binding::PushString(to, text);
      return 1;
    });
  });
}

Result<int> GetToFile(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  const std::string path = binding::CheckString(L, 3);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  const bool plan = OnlyPlan(run, fmt::format("fetch {}/{} into {}", self->uri(), key, path));
  return binding::Park(L, [self, key, path, plan, &run]() -> Result<binding::Push> {
    auto object =
        plan ? self->Head(key, run.cancel()) : GetFile(*self, key, path, {}, run.cancel());
    RETURN_NOT_OK(object.status());
    return PushObjectFacts(std::move(*object));
  });
}

Result<int> PutSource(lua_State* L, const net::Body& source) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  Options options(L, 4, "store.put");
  PutOptions put{.content_type = options.String("content_type", ""),
                 .if_absent = options.Bool("if_absent", false),
                 .replaces = options.String("replaces", "")};
  options.Finish();
  if (put.if_absent && !put.replaces.empty()) {
    return Error(ErrorKind::kUsage, "store.put: if_absent replaces nothing: replaces")
        .Hint("give one of the two");
  }
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (OnlyPlan(run, fmt::format("put {} bytes to {}/{}", source.size, self->uri(), key))) {
    return PushFacts(L, {.key = key, .size = source.size});
  }
  return binding::Park(L, [self, key, source, put, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(Object object, self->Put(key, source, put, run.cancel()));
    return PushObjectFacts(std::move(object));
  });
}

Result<int> Put(lua_State* L) { return PutSource(L, net::Body::Of(binding::CheckString(L, 3))); }

Result<int> PutFile(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const net::Body source, FileSource(binding::CheckString(L, 3)));
  return PutSource(L, source);
}

Result<int> Copy(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string from = binding::CheckString(L, 2);
  const std::string to = binding::CheckString(L, 3);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  const bool plan = OnlyPlan(run, fmt::format("copy {}/{} to {}", self->uri(), from, to));
  return binding::Park(L, [self, from, to, plan, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(
        Object object, plan ? self->Head(from, run.cancel()) : self->Copy(from, to, run.cancel()));
    return PushObjectFacts(std::move(object));
  });
}

Result<int> Delete(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const auto keys = lua_istable(L, 2) ? binding::CheckStrings(L, 2)
                                      : std::vector<std::string>{binding::CheckString(L, 2)};
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (OnlyPlan(run, fmt::format("delete {} objects of {}", keys.size(), self->uri()))) return 0;
  return binding::Park(L, [self, keys, &run]() -> Result<binding::Push> {
    RETURN_NOT_OK(self->Delete(keys, run.cancel()));
    return binding::Push([](lua_State*) { return 0; });
  });
}

Result<int> Presign(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  Options options(L, 3, "store.presign");
  PresignOptions presign;
  presign.method = options.String("method", presign.method);
  presign.expires_s = options.Int("expires_s", presign.expires_s);
  options.Finish();
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [self, key, presign, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const std::string url, self->Presign(key, presign, cancel));
    return binding::Push([url](lua_State* to) {
      binding::PushString(to, url);
      return 1;
    });
  });
}

Result<int> CreateBucket(lua_State* L) {
  const auto self = binding::CheckObject<Store>(L, 1);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (OnlyPlan(run, "make the bucket " + self->uri())) return 0;
  return binding::Park(L, [self, &run]() -> Result<binding::Push> {
    RETURN_NOT_OK(self->CreateBucket(run.cancel()));
    return binding::Push([](lua_State*) { return 0; });
  });
}

Result<int> Uri(lua_State* L) {
  binding::PushString(L, binding::CheckSelf<Store>(L).uri());
  return 1;
}

}  // namespace

int OpenStore(lua_State* L) {
  return binding::PushModule(L, {{"open", binding::Entry<OpenOne>},
                                 {"uri", binding::Entry<Uri>},
                                 {"list", binding::WaitingEntry<ListObjects>},
                                 {"head", binding::WaitingEntry<Head>},
                                 {"get", binding::WaitingEntry<Get>},
                                 {"get_file", binding::WaitingEntry<GetToFile>},
                                 {"put", binding::WaitingEntry<Put>},
                                 {"put_file", binding::WaitingEntry<PutFile>},
                                 {"copy", binding::WaitingEntry<Copy>},
                                 {"delete", binding::WaitingEntry<Delete>},
                                 {"presign", binding::WaitingEntry<Presign>},
                                 {"create_bucket", binding::WaitingEntry<CreateBucket>},
                                 {"download", binding::WaitingEntry<lua::DownloadFolder>},
                                 {"upload", binding::WaitingEntry<lua::UploadFolder>}});
}

}  // namespace tideway::store
