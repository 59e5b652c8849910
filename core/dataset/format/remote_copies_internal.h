// The copies of distant files that the runs of this process have, and what they are called.
//
// Threads: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/remote_source.h"

namespace tideway::dataset {

class Copies {
 public:
  static Copies& Instance();

  void SetFetch(Fetch fetch);
  void SetFind(const std::string& scheme, Find find);
  // Whether `url` begins with a scheme that files are found for.
  bool HasScheme(std::string_view url) const { return !SchemeOf(url).empty(); }

  // The files of this machine that each of `urls` stands for in this run; blocks.
  using Paths = std::vector<std::vector<std::string>>;
  Result<Paths> Get(std::string_view op, const std::vector<std::string>& urls, Reads reads,
                    RunContext& run);
  std::shared_ptr<DistantFile> DistantAt(const std::string& path) const;
  std::string NameOf(const std::string& path) const;

 private:
  struct Copy {
    std::string name;  // the address
    std::string run;   // whose `distant` is: its scratch folder
    std::weak_ptr<DistantFile> distant;
    std::mutex mutex;  // held while it is fetched
  };
  struct Found {
    std::mutex mutex;  // held while they are found
    Paths paths;
    std::vector<std::shared_ptr<DistantFile>> distant;  // kept as long as the process
  };
  std::string SchemeOf(std::string_view url) const;
  Result<std::string> GetCopy(std::string_view op, const std::string& url, RunContext& run);
  Result<Paths> GetFound(const std::string& scheme, std::string_view op,
                         const std::vector<std::string>& urls, Reads reads, RunContext& run);
  void Keep(const FoundFile& file, const std::string& run, Found& found);

  mutable std::mutex mutex_;
  Fetch fetch_;
  std::map<std::string, Find> finds_;                    // by scheme
  std::map<std::string, std::shared_ptr<Copy>> copies_;  // by path
  std::map<std::string, std::shared_ptr<Found>> found_;  // by run and addresses
};

}  // namespace tideway::dataset
