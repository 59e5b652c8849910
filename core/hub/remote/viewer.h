// What the dataset viewer, a service beside the Hub, knows of a dataset: sizes, statistics, the
// files that were converted to Parquet.
//
//   Viewer viewer(api, repo);
//   ARROW_ASSIGN_OR_RAISE(const ViewerAnswer answer, viewer.Ask({.what = "size"}, cancel));
//
// It computes for some time after a push: what is not ready is asked for again, and what is of an
// earlier commit is told. Only the Hub has it: no address is asked but Settings::viewer.
//
// Threads: any; blocks.
#pragma once

#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

struct ViewerQuestion {
  std::string what;         // "size", "statistics", "parquet", "splits" or "is-valid"
  std::string config = {};  // empty: all of them
  std::string split = {};   // of `config`; empty: all of them
};

struct ViewerAnswer {
  std::string json;      // as the viewer says it
  std::string revision;  // the commit that it is of; empty: it does not say
  bool stale = false;    // the head is another one by now
};

class Viewer {
 public:
  Viewer(Api& api, RepoId repo, Patience patience = {});

  // Errors: usage, for a question that is none, and where the endpoint has no viewer; not_found;
  // auth; timeout, where the answer is not ready after some minutes; network; data.
  Result<ViewerAnswer> Ask(const ViewerQuestion& question, const CancelToken& cancel);

 private:
  Status Check(const ViewerQuestion& question) const;
  net::Request RequestFor(const ViewerQuestion& question) const;
  Result<net::Response> Send(const ViewerQuestion& question, const CancelToken& cancel);
  Status Refused(const ViewerQuestion& question, const net::Request& request,
                 const net::Response& response) const;

  Api& api_;
  const RepoId repo_;
  const Patience patience_;
};

}  // namespace tideway::hub
