#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/store/open.h"
#include "core/swh/api.h"
#include "core/swh/bucket.h"
#include "core/swh/fetch.h"
#include "core/swh/lists.h"
#include "core/swh/swhid.h"

namespace tideway::swh {

int OpenSwh(lua_State* L);

namespace {

using binding::Options;
using dataset::RunContext;

constexpr const char* kTerms =
    "the contents are under the licences of their authors, who must be named; the archive asks "
    "that models trained with them follow its principles "
    "(https://www.softwareheritage.org/2023/10/19/swh-statement-on-llm-for-code), that whoever "
    "downloads in bulk has an agreement with it (datasets@softwareheritage.org), and that what "
    "the newest revision no longer lists is deleted";

std::optional<std::string> Environment(const std::string& name) {
  return binding::ReadEnvironment(name, /*take=*/false);
}

// One of `words` in an option; the first where it is absent.
Result<size_t> Word(Options& options, const char* name, const std::vector<std::string>& words) {
  const std::string word = options.String(name, words[0]);
  const auto found = std::ranges::find(words, word);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  return Error(ErrorKind::kUsage,
               fmt::format("swh: option `{}` must be \"{}\", not \"{}\"{}", name,
                           fmt::join(words, "\" or \""), word, DidYouMean(word, words)));
}

Result<int64_t> Bytes(lua_State* L, Options& options, const char* name, int64_t fallback) {
  options.PushValue(name);
  const bool is_text = lua_type(L, -1) == LUA_TSTRING;
  lua_pop(L, 1);
  if (!is_text) return options.Int(name, fallback);
  const auto bytes = ParseBytes(options.String(name, ""));
  return bytes.ok() ? bytes : WithContext(fmt::format("swh: {}", name), bytes.status());
}

BucketOptions ReadBucket(Options& options) {
  BucketOptions bucket{.environment = Environment};
  bucket.endpoint = options.String("endpoint", Environment("SWH_ENDPOINT").value_or(""));
  bucket.requester_pays = options.Bool("requester_pays", false);
  bucket.spend_limit_usd = options.Number("spend_limit_usd", 0);
  bucket.state = store::StateFolder(Environment);
  return bucket;
}

ApiOptions ReadApi(lua_State* L, Options& options) {
  ApiOptions api;
  if (const auto address = Environment("SWH_API")) api.address = *address;
  api.most_contents = options.Int("api_limit", api.most_contents);
  options.PushValue("api_token");
  if (!lua_isnil(L, -1)) api.token = binding::CheckSecretOrString(L, lua_gettop(L));
  lua_pop(L, 1);
  RegisterSecret(api.token);
  return api;
}

Result<FetchRequest> ReadRequest(lua_State* L, Options& options) {
  FetchRequest request;
  KeepOptions& keep = request.keep;
  keep.to = options.String("to", "");
  keep.language = options.String("language", "");
  ARROW_ASSIGN_OR_RAISE(const size_t names, Word(options, "names", {"blob", "path"}));
  keep.names = static_cast<Names>(names);
  ARROW_ASSIGN_OR_RAISE(const size_t encoding, Word(options, "encoding", {"utf-8", "keep"}));
  keep.decode = encoding == 0;
  ARROW_ASSIGN_OR_RAISE(const size_t on_error,
                        Word(options, "on_error", {"replace", "skip", "strict"}));
  keep.on_error = static_cast<OnError>(on_error);
  ARROW_ASSIGN_OR_RAISE(request.most_bytes, Bytes(L, options, "max_bytes", request.most_bytes));
  const std::vector<std::string> licenses = options.Strings("licenses");
  request.licenses.insert(licenses.begin(), licenses.end());
  request.most_rows = options.Int("max_rows", 0);
  request.batch = static_cast<size_t>(std::max<int64_t>(options.Int("batch", 100), 0));
  request.at_once = static_cast<size_t>(std::max<int64_t>(options.Int("at_once", 64), 0));
  return request;
}

Result<std::shared_ptr<Source>> OpenSource(bool api, const BucketOptions& bucket,
                                           const ApiOptions& options) {
  if (api) return std::make_shared<Api>(options);
  ARROW_ASSIGN_OR_RAISE(auto opened, Bucket::Open(bucket));
  return std::shared_ptr<Source>(std::move(opened));
}

int PushReport(lua_State* L, const FetchReport& report) {
  lua_newtable(L);
  binding::SetInt(L, "refused", report.refused);
  binding::SetInt(L, "rows", report.rows);
  binding::SetInt(L, "kept", report.kept);
  for (const char* state :
       {"fetched", "missing", "denied", "too_large", "quarantined", "undecodable"}) {
    const auto found = report.states.find(state);
    binding::SetInt(L, state, found == report.states.end() ? 0 : found->second);
  }
  binding::SetInt(L, "bytes", report.bytes);
  binding::SetInt(L, "replaced", report.replaced);
  binding::SetText(L, "manifest", report.manifest);
  return 1;
}

// fetch(dataset, options): a report, see lua/tideway/swh.lua.
Result<int> FetchRows(lua_State* L) {
  const dataset::NodePtr plan = binding::CheckObject<dataset::Dataset>(L, 1)->plan();
  Options options(L, 2, "swh.fetch");
  ARROW_ASSIGN_OR_RAISE(FetchRequest request, ReadRequest(L, options));
  ARROW_ASSIGN_OR_RAISE(const size_t source_kind, Word(options, "source", {"s3", "api"}));
  const BucketOptions bucket = ReadBucket(options);
  const ApiOptions api = ReadApi(L, options);
  const bool accepted = options.Bool("accept_terms", false);
  options.Finish();
  RETURN_NOT_OK(request.Validate());
  if (!accepted) {
    return Error(ErrorKind::kUsage,
                 "swh: the archive's terms are not accepted: " + std::string(kTerms))
        .Hint("read them, then say accept_terms = true");
  }
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenSource(source_kind == 1, bucket, api));
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [plan, request, source, &run]() -> Result<binding::Push> {
    FetchReport report;
    if (run.options().check_only) {
      ARROW_ASSIGN_OR_RAISE(const auto schema, plan->schema(run));
      RETURN_NOT_OK(CheckColumns(*schema));
      run.RecordPlan(
          fmt::format("swh.fetch into {}\n{}", request.keep.to, dataset::PrintPlan(*plan, 1)));
    } else {
      ARROW_ASSIGN_OR_RAISE(report, Fetch(*plan, request, *source, run));
      run.RecordOutput({.uri = report.manifest, .hash = "", .rows = report.rows});
    }
    return binding::Push([report](lua_State* to) { return PushReport(to, report); });
  });
}

// write_lists(options): how many files of the language, and of all languages.
Result<int> WriteLists(lua_State* L) {
  Options options(L, 1, "swh.write_lists");
  const std::string to = options.String("to", ""), language = options.String("language", "");
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [to, language, &run]() -> Result<binding::Push> {
    int64_t of_language = 0, of_all = 0;
    if (!run.options().check_only) {
      ARROW_ASSIGN_OR_RAISE(of_language, WriteMetadata(to, language));
      ARROW_ASSIGN_OR_RAISE(of_all, WriteChecksums(to));
    }
    return binding::Push([of_language, of_all](lua_State* state) {
      binding::PushInt(state, of_language);
      binding::PushInt(state, of_all);
      return 2;
    });
  });
}

// remove_unlisted(dataset, options): how many blobs went.
Result<int> RemoveRows(lua_State* L) {
  const dataset::NodePtr plan = binding::CheckObject<dataset::Dataset>(L, 1)->plan();
  Options options(L, 2, "swh.remove_unlisted");
  const std::string to = options.String("to", ""), language = options.String("language", "");
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [plan, to, language, &run]() -> Result<binding::Push> {
    int64_t removed = 0;
    if (run.options().check_only) {
      run.RecordPlan(
          fmt::format("swh.remove_unlisted in {}\n{}", to, dataset::PrintPlan(*plan, 1)));
    } else {
      ARROW_ASSIGN_OR_RAISE(removed, RemoveUnlisted(*plan, to, language, run));
    }
    return binding::Push([removed](lua_State* state) {
      binding::PushInt(state, removed);
      return 1;
    });
  });
}

// check(options): by what way contents are given.
Result<int> CheckAccess(lua_State* L) {
  Options options(L, 1, "swh.check");
  const BucketOptions bucket = ReadBucket(options);
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [bucket, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const auto opened, Bucket::Open(bucket));
    ARROW_ASSIGN_OR_RAISE(const std::string way, opened->Check(run.cancel()));
    return binding::Push([way](lua_State* state) {
      binding::PushString(state, way);
      return 1;
    });
  });
}

// decode(bytes, encoding, on_error): text, how many units were replaced.
Result<int> DecodeText(lua_State* L) {
  const std::string bytes = binding::CheckString(L, 1);
  const std::string encoding = lua_isnoneornil(L, 2) ? "" : binding::CheckString(L, 2);
  const std::string on_error = lua_isnoneornil(L, 3) ? "strict" : binding::CheckString(L, 3);
  if (on_error != "strict" && on_error != "replace") {
    return Error(
        ErrorKind::kUsage,
        "swh.decode: on_error must be \"strict\" or \"replace\", not \"" + on_error + "\"");
  }
  ARROW_ASSIGN_OR_RAISE(const DecodedBytes decoded,
                        DecodeBytes(bytes, encoding, on_error == "replace"));
  binding::PushString(L, decoded.text);
  binding::PushInt(L, decoded.replaced);
  return 2;
}

// A field that is a text.
std::string Field(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  const std::string text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  lua_pop(L, 1);
  return text;
}

// id(row): the SWHID of its content.
Result<int> IdOfRow(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Row row;
  for (const char* name : {"repo_name", "snapshot_id", "revision_id", "path"}) {
    row[name] = Field(L, name);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string id, SwhidOf(row, Field(L, "content_id")));
  binding::PushString(L, id);
  return 1;
}

Result<int> IdOfBytes(lua_State* L) {
  binding::PushString(L, SwhidOfContent(binding::CheckString(L, 1)));
  return 1;
}

// parse(text): type, hash and qualifiers.
Result<int> ParseId(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const Swhid id, ParseSwhid(binding::CheckString(L, 1)));
  lua_newtable(L);
  binding::SetText(L, "type", id.type);
  binding::SetText(L, "hash", id.hash);
  lua_newtable(L);
  for (const auto& [name, value] : id.qualifiers) binding::SetText(L, name.c_str(), value);
  lua_setfield(L, -2, "qualifiers");
  return 1;
}

}  // namespace

int OpenSwh(lua_State* L) {
  return binding::PushModule(L, {{"fetch", binding::WaitingEntry<FetchRows>},
                                 {"write_lists", binding::WaitingEntry<WriteLists>},
                                 {"remove_unlisted", binding::WaitingEntry<RemoveRows>},
                                 {"check", binding::WaitingEntry<CheckAccess>},
                                 {"decode", binding::Entry<DecodeText>},
                                 {"id", binding::Entry<IdOfRow>},
                                 {"id_of", binding::Entry<IdOfBytes>},
                                 {"parse", binding::Entry<ParseId>}});
}

}  // namespace tideway::swh
