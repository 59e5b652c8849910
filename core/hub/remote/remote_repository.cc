#include "core/hub/remote/remote_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/hub/remote/check_out.h"
#include "core/hub/remote/commit_call.h"
#include "core/hub/remote/lfs_upload.h"
#include "core/hub/remote/preupload.h"
#include "core/hub/remote/read_back.h"
#include "core/hub/remote/remote_path.h"
#include "core/hub/remote/sending_folder.h"
#include "core/hub/remote/staged_commit.h"
#include "core/hub/remote/tags.h"
#include "core/hub/remote/validate_card.h"
#include "core/hub/remote/visibility.h"

namespace tideway::hub {
namespace {

constexpr const char* kMain = "main";
constexpr int kCreateTries = 6;

bool IsNotFound(const Status& status) { return KindOf(status) == ErrorKind::kNotFound; }

// Whether a refusal to create says that the repository is there.
bool IsBusy(const net::Response& response) {
  return response.status == 409 && response.body.find("in progress") != std::string::npos;
}

}  // namespace

RemoteRepository::RemoteRepository(RemoteOptions options)
    : options_(std::move(options)),
      cancel_(options_.cancel != nullptr ? *options_.cancel : never_),
      api_(options_.settings, options_.client != nullptr ? *options_.client : net::SharedClient(),
           options_.transfer) {}

std::string RemoteRepository::name() const { return repo().id.substr(repo().id.find('/') + 1); }

Result<bool> RemoteRepository::MayWrite() {
  if (options_.settings.token.empty()) {
    return NoToken(options_.settings, fmt::format("hub: there is no token to write to {}", uri()));
  }
  if (options_.settings.offline) {
    return Error(ErrorKind::kNetwork, fmt::format("hub: offline: cannot write to {}", uri()))
        .Hint("unset HF_HUB_OFFLINE");
  }
  const net::Request request = api_.RequestFor("GET", repo().api_path() + "/auth-check/write");
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.Ask(request, cancel_));
  if (response.ok()) return true;
  // Servers of third parties have no such call.
  if (response.status == 405 || RefusalOf(response) == Refusal::kRepository) return false;
  return AnswerError({repo()}, options_.settings, request, response);
}

Status RemoteRepository::CheckWritable() {
  ARROW_ASSIGN_OR_RAISE(const bool there, MayWrite());
  return there ? Status::OK() : CheckMayCreate();
}

Status RemoteRepository::CheckMayCreate() {
  const auto identity = api_.WhoAmI(cancel_);
  if (IsNotFound(identity.status())) return Status::OK();
  RETURN_NOT_OK(identity.status());
  if (identity->role == "read") {
    return Error(ErrorKind::kAuth,
                 fmt::format("hub: the token of {} may only read", options_.settings.token_source))
        .Hint("make one that may write at " + options_.settings.endpoint + "/settings/tokens");
  }
  const std::string space = repo().id.substr(0, repo().id.find('/'));
  if (identity->name == space || std::ranges::count(identity->orgs, space) > 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const bool exists, Exists());
  if (exists) return Status::OK();
  return Error(ErrorKind::kAuth,
               fmt::format("hub: no dataset {}, and the token of {}, of {}, makes none there",
                           repo().id, options_.settings.token_source, identity->name))
      .Hint(fmt::format("write {}/{}, or take a token of a member of {}", identity->name, name(),
                        space));
}

Result<bool> RemoteRepository::Exists() {
  const net::Request request = api_.RequestFor("GET", repo().api_path());
  const auto response = api_.Send(request, {repo()}, cancel_);
  if (IsNotFound(response.status())) return false;
  RETURN_NOT_OK(response.status());
  return true;
}

Status RemoteRepository::PrepareToWrite(Visibility visibility) {
  ARROW_ASSIGN_OR_RAISE(const bool there, MayWrite());
  bool made = false;
  if (!there) {
    ARROW_ASSIGN_OR_RAISE(made, Create(visibility != Visibility::kPublic));
  }
  if (!made) WarnOfVisibility(api_, repo(), visibility, cancel_);
  return Status::OK();
}

Result<bool> RemoteRepository::Create(bool make_private) {
  // `private`, not `visibility`: servers that do not know the latter would make it public.
  const net::Request request =
      api_.JsonRequest("POST", "/api/repos/create",
                       {{"name", name()},
                        {"organization", repo().id.substr(0, repo().id.find('/'))},
                        {"type", repo().noun()},
                        {"private", make_private}});
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.Ask(request, cancel_));
    if (response.ok()) {
      LogInfo("hub: made the {} {} {}", make_private ? "private" : "public", repo().noun(),
              repo().id);
      return true;
    }
    if (IsBusy(response) && attempt < kCreateTries) {
      RETURN_NOT_OK(options_.patience.Wait(attempt, cancel_));
      continue;
    }
    if (response.status == 409 && !IsBusy(response)) return false;
    const Status refused = AnswerError({repo()}, options_.settings, request, response);
    const bool no_right = response.status == 401 || response.status == 403;
    if (!no_right || RefusalOf(response) == Refusal::kToken) return refused;
    ARROW_ASSIGN_OR_RAISE(const bool exists, Exists());
    if (!exists) return refused;
    return false;
  }
}

Result<std::unique_ptr<Staging>> RemoteRepository::MakeStaging() {
  std::error_code error;
  std::string parent = options_.scratch;
  if (parent.empty()) parent = std::filesystem::temp_directory_path(error).string();
  RETURN_NOT_OK(MakeFolders(parent));
  ARROW_ASSIGN_OR_RAISE(auto folder, ScratchFolder::Create(parent));
  return std::make_unique<SendingFolder>(std::move(folder), api_, repo(), options_.branch,
                                         options_.least_sent_ahead, cancel_);
}

Result<Refs> RemoteRepository::ListRefs() {
  auto refs = api_.ListRefs(repo(), cancel_);
  return IsNotFound(refs.status()) ? Refs{} : refs;
}

Result<std::string> RemoteRepository::Head() {
  if (options_.branch != kMain) {
    ARROW_ASSIGN_OR_RAISE(const RepoInfo info, api_.Info(repo(), options_.branch, cancel_));
    return info.commit;
  }
  ARROW_ASSIGN_OR_RAISE(const Refs refs, ListRefs());
  return refs.head();
}

Result<std::string> RemoteRepository::CommitOf(const std::string& revision) {
  return revision.empty() ? Head() : revision;
}

Result<std::vector<FileInfo>> RemoteRepository::ListFiles(const std::string& revision) {
  ARROW_ASSIGN_OR_RAISE(const std::string at, CommitOf(revision));
  std::vector<FileInfo> files;
  if (at.empty()) return files;
  ARROW_ASSIGN_OR_RAISE(const auto tree, api_.Tree(repo(), at, "", cancel_));
  for (const RemoteFile& file : tree) {
    // That of a large file is of its pointer.
    const std::string blob = file.sha256.empty() ? file.blob_id : "";
    files.push_back({file.path, file.size, file.sha256, blob});
  }
  return files;
}

Result<std::string> RemoteRepository::ReadFile(const std::string& path,
                                               const std::string& revision) {
  RETURN_NOT_OK(CheckPath(path));
  ARROW_ASSIGN_OR_RAISE(const std::string at, CommitOf(revision));
  if (at.empty()) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("hub: no {} in {}: nothing is there yet", path, uri()));
  }
  net::Request request = api_.RequestFor("GET", repo().file_path(at, path));
  request.compressed = false;
  ARROW_ASSIGN_OR_RAISE(net::Response response, api_.Send(request, {repo(), at, path}, cancel_));
  return std::move(response.body);
}

Result<std::vector<Tag>> RemoteRepository::Tags() {
  ARROW_ASSIGN_OR_RAISE(const Refs refs, ListRefs());
  std::vector<Tag> tags;
  for (const Ref& ref : refs.tags) tags.push_back({ref.name, ref.commit});
  std::ranges::sort(tags, {}, &Tag::name);
  return tags;
}

Result<Checkout> RemoteRepository::CheckOut(const std::string& revision) {
  return CheckOutOf(api_, repo(), revision.empty() ? kMain : revision, cancel_);
}

Status RemoteRepository::CheckRequest(const CommitRequest& request) {
  for (const CommitOperation& operation : request.operations) {
    RETURN_NOT_OK(CheckUploadPath(operation.path));
  }
  if (request.tag.empty()) return Status::OK();
  RETURN_NOT_OK(CheckTag(request.tag));
  ARROW_ASSIGN_OR_RAISE(const auto tags, Tags());
  if (std::ranges::find(tags, request.tag, &Tag::name) == tags.end()) return Status::OK();
  return Error(ErrorKind::kConflict, fmt::format("hub: the tag exists: {}", request.tag))
      .Hint("tags are never moved; choose another name");
}

Result<std::string> RemoteRepository::Commit(const CommitRequest& request) {
  RETURN_NOT_OK(CheckRequest(request));
  RETURN_NOT_OK(ValidateCard(api_, repo(), request.operations, cancel_));
  ARROW_ASSIGN_OR_RAISE(const CommitContent content, Content(request));
  std::string commit = request.parent;
  if (!content.empty()) {
    ARROW_ASSIGN_OR_RAISE(commit, Publish(content));
    RETURN_NOT_OK(ReadBack(commit, content));
  }
  if (!request.tag.empty()) RETURN_NOT_OK(AddTag(request.tag, commit));
  return commit;
}

Result<CommitContent> RemoteRepository::Content(const CommitRequest& request) {
  CommitContent content{.message = request.message, .parent = request.parent};
  std::vector<UploadFile> files;
  for (const CommitOperation& operation : request.operations) {
    if (operation.remove) {
      content.removed.push_back(operation.path);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(UploadFile file, UploadFile::Of(operation));
    (file.sent ? content.large : files).push_back(std::move(file));
  }
  ARROW_ASSIGN_OR_RAISE(const auto advices,
                        AskAdvice(api_, repo(), options_.branch, files, cancel_));
  for (size_t i = 0; i < files.size(); ++i) {
    if (advices[i].ignored) {
      LogWarn("hub: {}: {} is left out: its .gitignore names it", uri(), files[i].path);
    } else if (!advices[i].there) {
      (advices[i].large ? content.large : content.inlined).push_back(std::move(files[i]));
    }
  }
  return content;
}

Result<std::string> RemoteRepository::Publish(const CommitContent& content) {
  constexpr int kUploads = 2;
  for (int attempt = 1;; ++attempt) {
    RETURN_NOT_OK(LfsUpload(api_, repo(), options_.branch, cancel_).Send(content.large));
    RETURN_NOT_OK(cancel_.Check());
    CommitTrouble trouble = CommitTrouble::kNone;
    auto commit = CommitAll(content, &trouble);
    if (trouble != CommitTrouble::kMissingObjects || attempt == kUploads) return commit;
    LogInfo("hub: {}: the Hub has lost a file that was sent, sending it again", uri());
  }
}

Result<std::string> RemoteRepository::CommitAll(const CommitContent& content,
                                                CommitTrouble* trouble) {
  const bool staged = options_.branch == kMain && StagedCommit::IsFor(content);
  if (staged) {
    ARROW_ASSIGN_OR_RAISE(const auto commit, CommitInParts(content, trouble));
    if (commit) return *commit;
    LogWarn("hub: {}: the server has no pull requests: all in one commit", uri());
  }
  CommitCall call(api_, repo(), options_.branch, cancel_, options_.patience);
  auto commit = call.Make(content);
  *trouble = call.trouble();
  const bool divisible = options_.branch == kMain && content.size() > 1 && !staged;
  if (*trouble != CommitTrouble::kTooLarge || !divisible) return commit;
  LogInfo("hub: {}: the commit is too large for one call, making it in parts", uri());
  ARROW_ASSIGN_OR_RAISE(const auto in_parts, CommitInParts(content, trouble));
  return in_parts ? *in_parts : commit;
}

Result<std::optional<std::string>> RemoteRepository::CommitInParts(const CommitContent& content,
                                                                   CommitTrouble* trouble) {
  StagedCommit staged(api_, repo(), cancel_, options_.patience);
  auto commit = staged.Make(content);
  *trouble = staged.trouble();
  return commit;
}

Status RemoteRepository::ReadBack(const std::string& commit, const CommitContent& content) {
  const auto difference = DifferenceOf(api_, repo(), commit, content, cancel_);
  const std::string what =
      difference.ok() ? *difference : "it cannot be read back: " + difference.status().message();
  if (what.empty()) return Status::OK();
  return Error(difference.ok() ? ErrorKind::kData : KindOf(difference.status()),
               fmt::format("hub: {}: published as {}, but {}", uri(), commit, what))
      .Hint("push again");
}

Status RemoteRepository::AddTag(const std::string& tag, const std::string& commit) {
  const Status answer = MakeTag(api_, repo(), {.name = tag, .commit = commit}, "", cancel_);
  if (answer.ok()) return answer;
  const bool taken = KindOf(answer) == ErrorKind::kConflict;
  return Error(KindOf(answer), fmt::format("hub: published as {}, but {}: {}", commit,
                                           taken ? "the tag exists" : "not tagged", tag))
      .Hint(taken ? "tags are never moved; give this commit another one on its page"
                  : "give the commit its tag on its page")
      .Cause(answer);
}

}  // namespace tideway::hub
