// The Hub's API: who one is, what repositories hold, where bytes are; and requests of any kind.
//
//   Api api(settings, net::SharedClient());
//   ARROW_ASSIGN_OR_RAISE(const RepoInfo info, api.Info(repo, "main", cancel));
//
// Threads: all methods are safe from any thread; they block.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/gate.h"
#include "core/hub/remote/answer_error.h"
#include "core/hub/remote/repo_id.h"
#include "core/hub/remote/settings.h"
#include "core/hub/remote/transfer.h"
#include "core/net/client.h"

namespace tideway::hub {

struct Identity {
  std::string name = {};
  std::string type = {};  // "user", "org", "app"
  std::string role = {};  // of the token: "read", "write", ...; may be empty
  std::vector<std::string> orgs = {};
  std::string expires_at = {};  // when the token is good no more, as the Hub writes it; often empty
};

struct RepoInfo {
  std::string id = {};      // as it is called now
  std::string commit = {};  // 40 hex digits
  bool is_private = false;
  std::string gated = {};  // "auto", "manual"; empty: it is not
  std::string last_modified = {};
};

// A petabyte: what says more is no size of a file.
inline constexpr int64_t kMostFileBytes = int64_t{1} << 50;

// A file of a commit.
struct RemoteFile {
  std::string path = {};
  int64_t size = 0;
  std::string blob_id = {};  // git's SHA-1 of it, or of its LFS pointer
  std::string sha256 = {};   // of an LFS file
  std::string xet_hash = {};
  bool operator==(const RemoteFile&) const = default;
};
// The hash that names a file's content.
const std::string& HashOf(const RemoteFile& file);

struct Ref {
  std::string name;  // "main", "v1"
  std::string ref;   // "refs/heads/main"
  std::string commit;
};
struct Refs {
  std::vector<Ref> branches;
  std::vector<Ref> tags;
  std::vector<Ref> converts;
  // The commit of the branch `main`; empty when there is none.
  std::string head() const;
};

// What the Hub says of one file before its bytes.
struct Resolved {
  std::string commit = {};
  // SHA-256 of an LFS file, else git's SHA-1; of other servers perhaps no hash, but always fit to
  // be the name of a file.
  std::string etag = {};
  int64_t size = 0;
  std::string url;         // where its bytes are, for a time
  bool elsewhere = false;  // that is no address of the Hub: it gets no token
};

// Why an answer about a file was an error.
struct NotResolved {
  std::optional<Refusal> refusal = {};  // nothing: there was no answer
  std::string missing_in = {};          // the commit that is known to have no such file
};

// How long to go on asking where there is no answer.
enum class Effort {
  kFull,
  kBrief,  // two tries, a few seconds: for what the cache can answer too, and for a quick look
};

class Api {
 public:
  // `transfer`: told how far fetches and uploads by this are; null: nobody.
  Api(Settings settings, net::Client& client, Transfer* transfer = nullptr);

  const Settings& settings() const { return settings_; }

  Result<Identity> WhoAmI(const CancelToken& cancel, Effort effort = Effort::kFull);
  // `revision`: a branch, tag, commit or other ref; empty: the main branch.
  Result<RepoInfo> Info(const RepoId& repo, const std::string& revision, const CancelToken& cancel,
                        Effort effort = Effort::kFull);
  // All files below `folder` (empty: all there are), by path.
  Result<std::vector<RemoteFile>> Tree(const RepoId& repo, const std::string& revision,
                                       const std::string& folder, const CancelToken& cancel);
  // Those of `paths` that are files of the revision, by path. Servers without that call are asked
  // for all there are.
  Result<std::vector<RemoteFile>> PathsInfo(const RepoId& repo, const std::string& revision,
                                            const std::vector<std::string>& paths,
                                            const CancelToken& cancel);
  Result<Refs> ListRefs(const RepoId& repo, const CancelToken& cancel);
  // `refused`, where it is given, tells what an error was.
  Result<Resolved> Resolve(const RepoId& repo, const std::string& revision, const std::string& path,
                           const CancelToken& cancel, Effort effort = Effort::kFull,
                           NotResolved* refused = nullptr);

  // A request for an address of the Hub, with the token. `address`: a path with its `/`, or a URL
  // that the Hub gave.
  net::Request RequestFor(const std::string& method, const std::string& address) const;
  // Makes it one of that effort.
  void MakeBrief(net::Request& request) const;
  // One with `body`, which may be sent twice.
  net::Request JsonRequest(const std::string& method, const std::string& address,
                           const nlohmann::ordered_json& body) const;
  // `address` as a URL. Mirrors give the Hub's own, which are theirs.
  std::string UrlOf(const std::string& address) const;
  // The answer, whatever it says. Errors: of the client; network when offline.
  Result<net::Response> Ask(const net::Request& request, const CancelToken& cancel);
  // The answer, when it is a success; else AnswerError.
  Result<net::Response> Send(const net::Request& request, const Subject& subject,
                             const CancelToken& cancel);
  net::Client& client() { return client_; }
  Transfer& transfer() { return *transfer_; }

 private:
  Result<std::vector<RemoteFile>> SomeOfTree(const RepoId& repo, const std::string& revision,
                                             const std::vector<std::string>& paths,
                                             const CancelToken& cancel);
  struct Page {
    nlohmann::json body;
    std::string next;  // the address of the one after; empty: there is none
  };
  Result<Page> GetPage(const std::string& address, const Subject& subject,
                       const CancelToken& cancel, Effort effort = Effort::kFull);
  // The error of such an answer.
  Status Refused(const net::Request& request, const Subject& subject, const net::Response& response,
                 const CancelToken& cancel);
  Status CheckOnline() const;
  // Those that a request for `url` counts against.
  std::vector<std::shared_ptr<Gate>> QuotasFor(const std::string& url) const;

  const Settings settings_;
  net::Client& client_;
  Transfer untold_;
  Transfer* const transfer_;
  std::vector<net::Origin> hub_origins_;
  // What the Hub grants this credential, over all processes of the machine; null where processes
  // cannot share it. Opened by the first request.
  mutable std::once_flag quotas_opened_;
  mutable std::shared_ptr<Gate> api_quota_;
  mutable std::shared_ptr<Gate> resolver_quota_;
};

// For the Hub that the environment names, by the program's own client. Tells the log which it is.
// Errors: usage.
Result<std::shared_ptr<Api>> OpenApi(const Lookup& environment);

}  // namespace tideway::hub
