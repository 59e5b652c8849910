#include "core/app/fetch_file.h"

#include "core/net/download.h"

namespace tideway::app {

Status FetchFile(const std::string& url, const std::string& path, dataset::RunContext& run) {
  const Status status = net::Download(net::SharedClient(), {.url = url}, path, run.cancel());
  if (status.ok()) return status;
  switch (KindOf(status)) {
    case ErrorKind::kAuth:
      return Error(ErrorKind::kAuth, status.message())
          .Hint("check the address, and whether it needs a sign-in");
    case ErrorKind::kNotFound:
      return Error(ErrorKind::kNotFound, status.message()).Hint("check the address");
    default:
      return status;
  }
}

}  // namespace tideway::app
