#include <algorithm>
#include <utility>
#include <vector>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dedup/exact.h"
#include "core/dedup/lines.h"
#include "core/dedup/near.h"

namespace tideway::binding {
template <>
inline constexpr const char* kClassName<dedup::Deduplication> = "tideway.Deduplication";
}  // namespace tideway::binding

namespace tideway::dedup {

int OpenDedup(lua_State* L);

namespace {

using binding::CheckObject;
using binding::Choice;
using binding::Options;
using binding::Push;

dataset::NodePtr PlanAt(lua_State* L, int index) {
  return CheckObject<dataset::Dataset>(L, index)->plan();
}

// keep: "longest", "first" or { column = "stars" }
Result<Keep> ReadKeep(lua_State* L, Options& options, const char* operation, bool by_rows) {
  using Rules = std::vector<std::pair<std::string, Keep::Rule>>;
  options.PushValue("keep");
  const int index = lua_gettop(L);
  if (lua_istable(L, index)) {
    Options most(L, index, std::string(operation) + ": keep");
    Keep keep{.rule = Keep::Rule::kMost, .column = most.String("column", "")};
    most.Finish();
    if (!keep.column.empty()) return keep;
    return Error(ErrorKind::kUsage, std::string(operation) + ": keep names no column")
        .Hint("write keep = { column = \"stars\" }, \"longest\" or \"first\"");
  }
  lua_pop(L, 1);
  Rules rules{{"longest", Keep::Rule::kLongest}, {"first", Keep::Rule::kFirst}};
  if (by_rows) std::swap(rules[0], rules[1]);
  ARROW_ASSIGN_OR_RAISE(const auto rule, Choice<Keep::Rule>(options, operation, "keep", rules));
  return Keep{.rule = rule, .column = {}};
}

// cap: { share = 0.5, rows = 10 }
Status ReadCap(lua_State* L, Options& options, const char* operation, DedupOptions& common) {
  options.PushValue("cap");
  const int index = lua_gettop(L);
  if (lua_isnil(L, index)) return Status::OK();
  Options cap(L, index, std::string(operation) + ": cap");
  common.cap_share = cap.RequiredNumber("share");
  common.cap_rows = cap.Int("rows", common.cap_rows);
  cap.Finish();
  if (common.source.empty()) {
    return Error(ErrorKind::kUsage, std::string(operation) + ": cap needs source")
        .Hint("source = \"repo\" names the column whose values are the sources");
  }
  if (common.cap_share >= 0 && common.cap_share <= 1 && common.cap_rows >= 0) return Status::OK();
  return Error(ErrorKind::kUsage,
               std::string(operation) + ": cap: share must be from 0 to 1, and rows not below 0");
}

// `by_rows`: the first stays where the script does not say.
Result<DedupOptions> ReadCommon(lua_State* L, Options& options, const char* operation,
                                bool by_rows) {
  DedupOptions common;
  common.column = options.String("column", "content");
  common.id = options.String("id", "");
  common.source = options.String("source", "");
  ARROW_ASSIGN_OR_RAISE(common.keep, ReadKeep(L, options, operation, by_rows));
  RETURN_NOT_OK(ReadCap(L, options, operation, common));
  return common;
}

Result<Banding> ReadBanding(Options& options, double threshold) {
  const int64_t bands = options.Int("bands", 0);
  const int64_t rows = options.Int("band_rows", 0);
  const int64_t permutations = options.Int("permutations", 256);
  const double recall = options.Number("recall", 0.9995);
  if ((bands == 0) != (rows == 0)) {
    return Error(ErrorKind::kUsage, "dedup.near: bands and band_rows go together");
  }
  if (permutations < 1 || permutations > 1024) {
    return Error(ErrorKind::kUsage, "dedup.near: permutations must be from 1 to 1024: " +
                                        std::to_string(permutations));
  }
  if (!(recall > 0 && recall < 1)) {
    return Error(ErrorKind::kUsage, "dedup.near: recall must be between 0 and 1");
  }
  if (bands == 0) return ChooseBanding(static_cast<int>(permutations), threshold, recall);
  constexpr int64_t kMost = 1 << 20;
  return Banding{.bands = static_cast<int>(std::clamp<int64_t>(bands, -1, kMost)),
                 .rows = static_cast<int>(std::clamp<int64_t>(rows, -1, kMost))};
}

// near(rows, options, clusters): a Deduplication.
Result<int> NearOf(lua_State* L) {
  const dataset::NodePtr rows = PlanAt(L, 1);
  Options options(L, 2, "dedup.near");
  NearOptions near;
  near.clusters = binding::CheckBool(L, 3);
  ARROW_ASSIGN_OR_RAISE(near.common, ReadCommon(L, options, "dedup.near", false));
  near.threshold = options.Number("threshold", near.threshold);
  near.shingles.ngram =
      static_cast<int>(std::clamp<int64_t>(options.Int("ngram", near.shingles.ngram), -1, 1000));
  ARROW_ASSIGN_OR_RAISE(near.shingles.unit,
                        Choice<Unit>(options, "dedup.near", "unit",
                                     {{"words", Unit::kWords}, {"characters", Unit::kCharacters}}));
  ARROW_ASSIGN_OR_RAISE(near.banding, ReadBanding(options, near.threshold));
  options.PushValue("index");
  dataset::NodePtr index = lua_isnil(L, -1) ? nullptr : PlanAt(L, lua_gettop(L));
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(auto made, MakeNear(rows, std::move(index), std::move(near)));
  binding::PushObject(L, std::const_pointer_cast<Deduplication>(std::move(made)));
  return 1;
}

// exact(rows, options): a Deduplication.
Result<int> ExactOf(lua_State* L) {
  const dataset::NodePtr rows = PlanAt(L, 1);
  Options options(L, 2, "dedup.exact");
  ExactOptions exact;
  ARROW_ASSIGN_OR_RAISE(exact.common, ReadCommon(L, options, "dedup.exact", true));
  exact.normal.whitespace = options.Bool("ignore_whitespace", false);
  exact.normal.letter_case = options.Bool("ignore_case", false);
  options.Finish();
  auto made = MakeExact(rows, std::move(exact));
  binding::PushObject(L, std::const_pointer_cast<Deduplication>(std::move(made)));
  return 1;
}

// lines(rows, options): a dataset.
Result<int> LinesOf(lua_State* L) {
  const dataset::NodePtr rows = PlanAt(L, 1);
  Options options(L, 2, "dedup.lines");
  LinesOptions lines;
  lines.column = options.String("column", "content");
  lines.min_bytes = options.Int("min_bytes", lines.min_bytes);
  lines.most_texts = options.Int("most_texts", lines.most_texts);
  lines.count = options.String("count", "");
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(auto plan, MakeWithoutRepeatedLines(rows, std::move(lines)));
  binding::PushDataset(L, std::move(plan));
  return 1;
}

template <dataset::NodePtr (*Make)(DeduplicationPtr)>
Result<int> PartOf(lua_State* L) {
  binding::PushDataset(L, Make(CheckObject<Deduplication>(L, 1)));
  return 1;
}

// report(deduplication): JSON.
Result<int> Report(lua_State* L) {
  const auto self = CheckObject<Deduplication>(L, 1);
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [self, &run]() -> Result<Push> {
    std::string text = "{}";
    if (run.pretends()) {
      RETURN_NOT_OK(self->schema(run).status());
      run.RecordPlan("report (not run)\n" + dataset::PrintPlan(*self, 1));
    } else {
      ARROW_ASSIGN_OR_RAISE(text, self->Report(run));
    }
    return Push([text = std::move(text)](lua_State* state) {
      binding::PushString(state, text);
      return 1;
    });
  });
}

}  // namespace

int OpenDedup(lua_State* L) {
  return binding::PushModule(L, {{"exact", binding::Entry<ExactOf>},
                                 {"lines", binding::Entry<LinesOf>},
                                 {"near", binding::Entry<NearOf>},
                                 {"kept", binding::Entry<PartOf<MakeKept>>},
                                 {"index", binding::Entry<PartOf<MakeIndex>>},
                                 {"removed", binding::Entry<PartOf<MakeRemoved>>},
                                 {"tagged", binding::Entry<PartOf<MakeTagged>>},
                                 {"report", binding::WaitingEntry<Report>}});
}

}  // namespace tideway::dedup
