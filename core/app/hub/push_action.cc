#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/addresses.h"
#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/app/paths.h"
#include "core/base/memory.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/sources.h"
#include "core/hub/push.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;
using Paths = std::vector<std::string>;

// The source for files with this name's ending; empty where it tells no format.
dataset::MakeSource SourceOf(std::string name) {
  for (const char* packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.resize(name.size() - std::string_view(packed).size());
  }
  if (name.ends_with(".parquet")) return [](Paths paths) { return dataset::ReadParquet(paths); };
  if (name.ends_with(".jsonl")) return [](Paths paths) { return dataset::ReadJsonl(paths); };
  if (name.ends_with(".csv") || name.ends_with(".tsv")) {
    return [](Paths paths) { return dataset::ReadCsv(paths); };
  }
  return nullptr;
}

Result<dataset::NodePtr> Read(const std::string& split, const std::string& file) {
  const dataset::MakeSource source = SourceOf(file);
  if (source) return dataset::ReadRemote({file}, source);
  return Error(ErrorKind::kUsage,
               fmt::format("usage: the name of split {} tells no format: {}", split, file))
      .Hint("it ends in .parquet, .jsonl, .csv or .tsv; a folder's files are folder/*.parquet");
}

Result<std::vector<hub::PushPart>> ReadParts(const std::vector<std::string>& texts) {
  std::vector<hub::PushPart> parts;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
      return Error(ErrorKind::kUsage, fmt::format("usage: a part is SPLIT=FILE: {}", text))
          .Hint("write train=" + (text.empty() ? "train.parquet" : text));
    }
    const std::string split = text.substr(0, equals);
    ARROW_ASSIGN_OR_RAISE(auto plan, Read(split, text.substr(equals + 1)));
    parts.push_back({split, std::move(plan)});
  }
  return parts;
}

class PushAction : public HubAction {
 public:
  const char* name() const override { return "push"; }
  const char* summary() const override {
    return "publish Parquet, JSON lines or CSV files as the splits of a dataset";
  }
  void Declare(CLI::App& command) override {
    command.add_option("repository", repository_, "ns/name, or a folder: file:out/name")
        ->type_name("REPOSITORY")
        ->required();
    command.add_option("parts", parts_, "a split and its file, or a pattern: train=data/*.parquet")
        ->type_name("SPLIT=FILE...")
        ->required();
    command.add_option("--tag", tag_, "a name for this version")->type_name("NAME");
    command.add_option("--message", message_, "what the commit says (default Upload dataset)")
        ->type_name("TEXT");
    command.add_option("--config", config_, "one of several configurations (default `default`)")
        ->type_name("NAME");
    auto* is_private = command.add_flag("--private", private_, "make a private one (the default)");
    command.add_flag("--public", public_, "make a public one, where there is none")
        ->excludes(is_private);
    command.add_flag("--dry-run", dry_run_, "check all that can be, and publish nothing");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    ReadAddresses(call.environment);
    hub::PushRequest request;
    request.tag = tag_;
    if (!message_.empty()) request.message = message_;
    if (!config_.empty()) request.config = config_;
    if (private_) request.visibility = hub::Visibility::kPrivate;
    if (public_) request.visibility = hub::Visibility::kPublic;
    ARROW_ASSIGN_OR_RAISE(request.parts, ReadParts(parts_));
    const std::string scratch = StateFolder(".") + "/scratch";
    dataset::RunContext run({.scratch_parent = scratch, .check_only = dry_run_});
    const HubProgress progress(call.globals, call.transfer, &run.progress());
    ARROW_ASSIGN_OR_RAISE(auto repository,
                          hub::OpenRepository(repository_, {.environment = call.environment,
                                                            .cancel = &call.cancel,
                                                            .scratch = scratch,
                                                            .transfer = &call.transfer}));
    call.on_cancel([&run] { run.cancel().Cancel(); });
    const auto result = hub::Push(*repository, request, run);
    call.on_cancel(nullptr);
    RETURN_NOT_OK(result.status());
    return Answer(*result);
  }

 private:
  ActionAnswer Answer(const hub::PushResult& result) const {
    Json splits = Json::object();
    std::string text;
    for (const hub::PushedSplit& split : result.splits) {
      splits[split.name] = {{"rows", split.rows}, {"bytes", split.bytes}, {"files", split.files}};
      text += dry_run_ ? fmt::format("  {}\n", split.name)
                       : fmt::format("  {}  {} rows  {} files  {}\n", split.name,
                                     WithCommas(split.rows), split.files, FormatBytes(split.bytes));
    }
    const std::string tag = result.tag.empty() ? "" : " " + result.tag;
    const std::string first = dry_run_         ? "would publish"
                              : result.changed ? "commit " + result.commit + tag
                                               : "nothing changed since " + result.commit + tag;
    return {{{"changed", result.changed},
             {"commit", result.commit},
             {"tag", result.tag.empty() ? Json(nullptr) : Json(result.tag)},
             {"splits", std::move(splits)},
             {"download_size", result.download_size},
             {"dataset_size", result.dataset_size},
             {"dry_run", dry_run_}},
            first + "\n" + text};
  }

  std::string repository_, tag_, message_, config_;
  std::vector<std::string> parts_;
  bool private_ = false, public_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakePushAction() { return std::make_unique<PushAction>(); }

}  // namespace tideway::app
