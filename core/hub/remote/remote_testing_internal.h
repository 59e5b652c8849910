// What the tests of this folder share: a client of a server on loopback that waits for nothing.
// Test code only.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"
#include "core/hub/remote/upload_file.h"
#include "core/hub/testing_internal.h"
#include "core/net/testing_internal.h"

namespace tideway::hub::testing {

class RemoteTest : public HubTest {
 protected:
  using RawServer = net::testing::RawServer;

  void SetUp() override {
    HubTest::SetUp();
    repo_ = Must(RepoId::Make(RepoType::kDataset, "ns/name"));
  }

  Api MakeApi() {
    return Api({.endpoint = server_.url(""),
                .state = (folder_ / "state").string(),
                .token = "hf_test",
                .token_source = "HF_TOKEN"},
               client_);
  }
  UploadFile FileOf(const std::string& path, const std::string& bytes) {
    const fs::path source = folder_ / "source" / fs::path(path).filename();
    WriteText(source, bytes);
    return Must(UploadFile::Of(CommitOperation::AddFile(path, source.string(), Sha256Hex(bytes))));
  }
  static UploadFile TextOf(const std::string& path, const std::string& bytes) {
    return Must(UploadFile::Of(CommitOperation::AddText(path, bytes)));
  }
  // "PUT /path" of each request, in the order of arrival.
  std::vector<std::string> Calls() const {
    std::vector<std::string> calls;
    for (const std::string& request : server_.requests()) {
      calls.push_back(request.substr(0, request.find(" HTTP/")));
    }
    return calls;
  }

  RawServer server_;
  net::Client client_{{.random = [] { return 0.0; }}};
  CancelToken cancel_;
  RepoId repo_;
  std::vector<double> waits_;
  Patience patience_{.sleep = [this](double seconds) {
    waits_.push_back(seconds);
    return Status::OK();
  }};
};

}  // namespace tideway::hub::testing
