#include <fmt/format.h>

#include <charconv>

#include "core/hub/remote/api.h"
#include "core/hub/remote/remote_path.h"

namespace tideway::hub {
namespace {

// An ETag without its weakness and quotes.
std::string PlainTag(std::string tag) {
  if (tag.starts_with("W/")) tag.erase(0, 2);
  std::erase(tag, '"');
  return tag;
}

std::optional<int64_t> SizeOf(const std::string& text) {
  int64_t size = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  return whole && size >= 0 && size <= kMostFileBytes ? std::optional(size) : std::nullopt;
}

// The commit that the Hub proves to have no such file; empty: none.
std::string MissingIn(const net::Response& response) {
  const std::string commit = response.headers.Find("X-Repo-Commit").value_or("");
  const bool proven =
      response.status == 404 && response.headers.Find("X-Error-Code") == "EntryNotFound";
  return proven && IsCommit(commit) ? commit : "";
}

}  // namespace

Result<Resolved> Api::Resolve(const RepoId& repo, const std::string& revision,
                              const std::string& path, const CancelToken& cancel, Effort effort,
                              NotResolved* refused) {
  const std::string at = revision.empty() ? "main" : revision;
  net::Request request = RequestFor("HEAD", repo.file_path(at, path));
  request.compressed = false;
  request.stay = true;
  request.time.first_byte_s = request.time.stall_s = settings_.etag_timeout_s;
  if (effort == Effort::kBrief) MakeBrief(request);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, Ask(request, cancel));
  if (response.status >= 400) {
    if (refused != nullptr) *refused = {RefusalOf(response), MissingIn(response)};
    return Refused(request, {repo, at, path}, response, cancel);
  }
  const bool elsewhere = response.status >= 300;
  const auto field = [&](const char* linked, const char* plain) {
    const auto value = response.headers.Find(linked);
    return value ? *value : response.headers.Find(plain).value_or("");
  };
  Resolved resolved{.commit = response.headers.Find("X-Repo-Commit").value_or(""),
                    .etag = PlainTag(field("X-Linked-Etag", "ETag")),
                    .url = response.url,
                    .elsewhere = elsewhere};
  const auto size = SizeOf(field("X-Linked-Size", elsewhere ? "" : "Content-Length"));
  if (!IsCommit(resolved.commit) || resolved.etag.empty() || !size) {
    return Error(ErrorKind::kData,
                 fmt::format("hub: the answer tells no commit, hash or size of {} in {}", path,
                             repo.id))
        .Hint(fmt::format("is {} the address of a Hub?", settings_.endpoint));
  }
  RETURN_NOT_OK(CheckBlobName(resolved.etag));
  resolved.size = *size;
  if (elsewhere) {
    ARROW_ASSIGN_OR_RAISE(
        resolved.url,
        net::ResolveUrl(response.url, response.headers.Find("Location").value_or("")));
  }
  return resolved;
}

}  // namespace tideway::hub
