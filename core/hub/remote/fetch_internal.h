// What fetching into the cache and into a folder have in common.
#pragma once

#include <string>
#include <vector>

#include "core/hub/remote/blob_fetch_internal.h"
#include "core/hub/remote/cache.h"
#include "core/hub/remote/fetch.h"

namespace tideway::hub {

// For what the caller can do without.
void Note(const Status& status);

// Of `files`, those that the request is about.
std::vector<RemoteFile> Wanted(std::vector<RemoteFile> files, const SnapshotRequest& request);

// All of a commit's files, as the cache or the Hub knows them.
Result<std::vector<RemoteFile>> TreeOf(Api& api, const Cache& cache, const RepoId& repo,
                                       const std::string& commit, const CancelToken& cancel);

// Fetches the contents of `files`, several at once and the largest first, each once.
Status FetchAll(BlobFetch& blobs, const std::vector<const RemoteFile*>& files,
                const CancelToken& cancel);
// Tells who watches `transfer` that it begins.
void TellFetch(const std::vector<const RemoteFile*>& files, Transfer& transfer);

// Those of `files` with contents to fetch, each content once, in `snapshot`'s counts.
void CountContents(const std::vector<const RemoteFile*>& files, FetchedSnapshot& snapshot);

}  // namespace tideway::hub
