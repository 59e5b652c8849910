#include "core/hub/remote/branches.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/hub/hub.h"

namespace tideway::hub {
namespace {

std::string AddressOf(const RepoId& repo, const std::string& name) {
  return fmt::format("{}/branch/{}", repo.api_path(), net::EncodeSegment(name));
}

}  // namespace

Status CheckBranch(const std::string& name) {
  constexpr size_t kMost = 100;
  bool good = name.size() <= kMost && !IsCommit(name) && !name.starts_with("refs/");
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    good = good && CheckTag(name.substr(begin, end - begin)).ok();
    begin = end + 1;
  }
  if (good) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("hub: not a branch: {}", name))
      .Hint("use letters, digits, `.`, `_`, `+` and `-`, with `/` between parts");
}

Status MakeBranch(Api& api, const RepoId& repo, const Ref& branch, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckBranch(branch.name));
  const net::Request request =
      api.JsonRequest("POST", AddressOf(repo, branch.name), {{"startingPoint", branch.commit}});
  const auto answer = api.Send(request, {repo, branch.commit}, cancel);
  if (answer.ok()) return Status::OK();
  // The answer to an earlier try may have been lost.
  const auto refs = api.ListRefs(repo, cancel);
  const bool made = refs.ok() && std::ranges::any_of(refs->branches, [&](const Ref& one) {
                      return one.name == branch.name && one.commit == branch.commit;
                    });
  return made ? Status::OK() : answer.status();
}

Status DropBranch(Api& api, const RepoId& repo, const std::string& name,
                  const CancelToken& cancel) {
  if (name == "main") {
    return Error(ErrorKind::kUsage, "hub: the branch main is what readers see: it stays")
        .Hint("a whole repository is deleted in its settings on the Hub");
  }
  RETURN_NOT_OK(CheckBranch(name));
  const auto dropped =
      api.Send(api.RequestFor("DELETE", AddressOf(repo, name)), {repo, name}, cancel);
  if (dropped.ok()) return Status::OK();
  const auto refs = api.ListRefs(repo, cancel);
  const bool gone =
      refs.ok() && std::ranges::find(refs->branches, name, &Ref::name) == refs->branches.end();
  return gone ? Status::OK() : dropped.status();
}

}  // namespace tideway::hub
