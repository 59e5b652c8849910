#include "core/hub/remote/check_out.h"

#include <fmt/format.h>

#include "core/base/file.h"
#include "core/hub/remote/cache.h"
#include "core/hub/remote/fetch.h"

namespace tideway::hub {
namespace {

constexpr const char* kCard = "README.md";
constexpr const char* kExtra = ".huggingface.yaml";

}  // namespace

Result<Checkout> CheckOutOf(Api& api, const RepoId& repo, const std::string& revision,
                            const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const FetchedSnapshot snapshot,
                        FetchSnapshot(api, {repo, revision, {kCard, kExtra}}, cancel));
  Checkout checkout{.commit = snapshot.commit};
  for (const RemoteFile& file : snapshot.files) {
    auto& text = file.path == kCard ? checkout.card : checkout.extra;
    ARROW_ASSIGN_OR_RAISE(text, ReadFile(snapshot.folder + "/" + file.path));
  }
  const Cache cache(api.settings().cache, repo, api.settings().symlinks);
  const auto tree = cache.ReadTree(snapshot.commit);
  for (const RemoteFile& file : tree ? *tree : cache.FilesOf(snapshot.commit)) {
    checkout.files[file.path] =
        fmt::format("hf://{}@{}/{}", repo.web_path(), snapshot.commit, file.path);
  }
  return checkout;
}

}  // namespace tideway::hub
