// Files elsewhere as sources: each is brought to this machine once and read here as any file; those
// on the web to the run's scratch folder, whole. So all parts of a run see the same bytes, whatever
// becomes of the address. Where an address says what it holds, so that it cannot change, readers of
// parts bring only these.
//
//   SetFetch(...);                                        // once, before the first plan is opened
//   SetFind("hf://", ...);
//   ReadRemote({"https://host/a.parquet"}, [](auto paths) { return ReadParquet(paths); });
//
// Errors, plans and receipts name the address (RedactUri), not the copy. Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/distant_file.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

// Copies what is at `url` to the new file `path`, whole; blocks. Errors: not_found, auth, network,
// disk_full, with the address. Called for one address once at a time.
using Fetch =
    std::function<Status(const std::string& url, const std::string& path, RunContext& run)>;
// Sets what ReadRemote fetches with. Without it, addresses are an error of kind usage.
void SetFetch(Fetch fetch);

// Whether the reader of a file can do with parts of it.
enum class Reads { kWholeFiles, kParts };

// Smaller files come whole: asking for their parts would take as long.
inline constexpr int64_t kWorthParts = int64_t{1} << 20;

// A file that an address stands for.
struct FoundFile {
  std::string path;  // on this machine
  std::string name;  // what errors, plans and receipts call it
  // Null: it is here. Else, for who reads parts, it is not, or not yet.
  std::shared_ptr<DistantFile> distant = {};
};
// The files that each of `urls` stands for, one or many; blocks. Asked once per run for the
// addresses of one source. Errors: usage, and those of Fetch.
using Find = std::function<Result<std::vector<std::vector<FoundFile>>>(
    const std::vector<std::string>& urls, Reads reads, RunContext& run)>;
// Sets what addresses that begin with `scheme` are found with; null: nothing any more.
void SetFind(const std::string& scheme, Find find);

// Whether it begins with https:// or http://, or a scheme of SetFind.
bool IsRemote(std::string_view path);

// `make` over `paths`, where addresses are fetched when the plan is opened or its columns are asked
// for. What goes for the result of `make` goes for this.
using MakeSource = std::function<NodePtr(std::vector<std::string> paths)>;
NodePtr ReadRemote(const std::vector<std::string>& paths, const MakeSource& make,
                   Reads reads = Reads::kWholeFiles);

// The address of which `path` is the copy; else `path`.
std::string NameOfSource(const std::string& path);

// The distant file that `path` stands for; null when it is none.
std::shared_ptr<DistantFile> DistantFileAt(const std::string& path);

}  // namespace tideway::dataset
