#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/app/hub/action.h"
#include "core/app/hub/hub_progress.h"
#include "core/base/memory.h"
#include "core/hub/remote/cache_scan.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class CacheAction : public HubAction {
 public:
  const char* name() const override { return "cache"; }
  const char* summary() const override {
    return "list what the cache holds, check it, or remove what nothing needs";
  }
  void Declare(CLI::App& command) override {
    command
        .add_option("what", what_,
                    "verify: read all and compare with the hashes; clean: remove "
                    "leftovers, or what --repo and --revision name")
        ->type_name("verify|clean");
    command.add_option("--repo", repo_, "only this repository")->type_name("REPOSITORY");
    command.add_option("--revision", revision_, "clean: remove this commit, branch or tag")
        ->type_name("REV");
    command.add_flag("--remove", remove_, "verify: remove what is broken, to be fetched again");
    command.add_flag("--dry-run", dry_run_, "clean: tell what would go, and remove nothing");
  }

  Result<ActionAnswer> Run(HubCall& call) override {
    RETURN_NOT_OK(CheckUsage());
    ARROW_ASSIGN_OR_RAISE(auto repos, hub::ScanCache(call.settings.cache));
    if (!repo_.empty()) RETURN_NOT_OK(Choose(call.settings.cache, &repos));
    if (what_.empty()) return List(call.settings.cache, repos);
    return what_ == "verify" ? Verify(repos, call) : Clean(call.settings.cache, repos);
  }

 private:
  Status CheckUsage() const {
    if (!what_.empty() && what_ != "verify" && what_ != "clean") {
      return Error(ErrorKind::kUsage, "usage: unknown action on the cache: " + what_ +
                                          DidYouMean(what_, {"verify", "clean"}))
          .Hint("write verify or clean, or nothing for the list");
    }
    const bool misplaced = (remove_ && what_ != "verify") || (dry_run_ && what_ != "clean") ||
                           (!revision_.empty() && what_ != "clean");
    if (!misplaced) return Status::OK();
    return Error(ErrorKind::kUsage,
                 "usage: --remove is for `cache verify`, --revision and --dry-run are for `cache "
                 "clean`")
        .Hint("see `tideway hub cache --help`");
  }

  Status Choose(const std::string& root, std::vector<hub::CachedRepo>* repos) const {
    HubTarget target{.repository = repo_, .revision = {}};
    ARROW_ASSIGN_OR_RAISE(const hub::HubPath path, target.ResolveWhole());
    std::vector<std::string> names;
    for (const auto& one : *repos) names.push_back(one.repo.id);
    std::erase_if(*repos, [&](const hub::CachedRepo& one) {
      return one.repo.id != path.repo.id || one.repo.type != path.repo.type;
    });
    if (!repos->empty()) return Status::OK();
    return Error(ErrorKind::kNotFound,
                 fmt::format("hub: no {} {} in the cache {}{}", path.repo.noun(), path.repo.id,
                             root, DidYouMean(path.repo.id, names)))
        .Hint("see `tideway hub cache`");
  }

  static ActionAnswer List(const std::string& root, const std::vector<hub::CachedRepo>& repos) {
    Json list = Json::array();
    std::string text;
    int64_t bytes = 0;
    for (const hub::CachedRepo& repo : repos) {
      Json revisions = Json::array();
      text +=
          fmt::format("{:>12}  {} {}\n", FormatBytes(repo.bytes), repo.repo.noun(), repo.repo.id);
      for (const hub::CachedRevision& revision : repo.revisions) {
        revisions.push_back({{"commit", revision.commit},
                             {"refs", revision.refs},
                             {"files", revision.files},
                             {"bytes", revision.bytes}});
        text += fmt::format("{:>12}    {}  {} files  {}\n", FormatBytes(revision.bytes),
                            revision.commit, revision.files, fmt::join(revision.refs, ", "));
      }
      list.push_back({{"type", repo.repo.noun()},
                      {"id", repo.repo.id},
                      {"path", repo.folder},
                      {"bytes", repo.bytes},
                      {"revisions", std::move(revisions)}});
      bytes += repo.bytes;
    }
    text += fmt::format("{:>12}  {} repositories in {}\n", FormatBytes(bytes), repos.size(), root);
    return {{{"path", root}, {"bytes", bytes}, {"repositories", std::move(list)}}, text};
  }

  Result<ActionAnswer> Verify(const std::vector<hub::CachedRepo>& repos, HubCall& call) const {
    const HubProgress progress(call.globals, call.transfer);
    ARROW_ASSIGN_OR_RAISE(const hub::CacheCheck check,
                          hub::CheckCache(repos, remove_, call.cancel, call.transfer));
    ActionAnswer answer{{{"blobs", check.blobs}, {"bytes", check.bytes}, {"removed", remove_}}, ""};
    answer.json["broken"] = Items(check.broken, &answer.text);
    if (check.broken.empty()) {
      answer.text = fmt::format("{} contents, {}, are what their hashes say\n", check.blobs,
                                FormatBytes(check.bytes));
    } else if (!remove_) {
      answer.trouble = Error(ErrorKind::kData,
                             fmt::format("hub: {} of {} contents in {} are broken",
                                         check.broken.size(), check.blobs, call.settings.cache))
                           .Hint(
                               "`tideway hub cache verify --remove` removes them; then fetch "
                               "again");
    }
    return answer;
  }

  Result<ActionAnswer> Clean(const std::string& root,
                             const std::vector<hub::CachedRepo>& repos) const {
    ARROW_ASSIGN_OR_RAISE(const hub::CacheCleaned cleaned, Remove(root, repos));
    ActionAnswer answer{{{"bytes", cleaned.bytes}, {"busy", cleaned.busy}, {"dry_run", dry_run_}},
                        ""};
    answer.json["removed"] = Items(cleaned.items, &answer.text);
    answer.text +=
        fmt::format("{} {} in {} files and folders\n", dry_run_ ? "would remove" : "removed",
                    FormatBytes(cleaned.bytes), cleaned.items.size());
    if (cleaned.busy > 0) {
      answer.text += fmt::format("left {} that other programs are at work with\n", cleaned.busy);
    }
    return answer;
  }

  Result<hub::CacheCleaned> Remove(const std::string& root,
                                   const std::vector<hub::CachedRepo>& repos) const {
    if (revision_.empty()) {
      return repo_.empty() ? hub::CleanCache(repos, dry_run_)
                           : hub::RemoveCached(repos.front(), dry_run_);
    }
    for (const hub::CachedRepo& repo : repos) {
      for (const hub::CachedRevision& revision : repo.revisions) {
        const bool named = std::ranges::count(revision.refs, revision_) > 0 && !repo_.empty();
        if (!named && revision.commit != revision_) continue;
        return hub::RemoveCached(repo, revision, dry_run_);
      }
    }
    return Error(ErrorKind::kNotFound,
                 fmt::format("hub: no revision {} in the cache {}", revision_, root))
        .Hint(repo_.empty() ? "a branch or tag needs --repo; see `tideway hub cache`"
                            : "see `tideway hub cache`");
  }

  static Json Items(const std::vector<hub::CachedItem>& items, std::string* text) {
    Json list = Json::array();
    for (const hub::CachedItem& item : items) {
      list.push_back({{"path", item.path}, {"bytes", item.bytes}, {"why", item.why}});
      *text += fmt::format("{:>12}  {}  ({})\n", FormatBytes(item.bytes), item.path, item.why);
    }
    return list;
  }

  std::string what_, repo_, revision_;
  bool remove_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<HubAction> MakeCacheAction() { return std::make_unique<CacheAction>(); }

}  // namespace tideway::app
