// What the contract suite runs over: one fresh bucket of each member. A new member adds a Backend
// and a line in Backends().
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace tideway::store {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::shared_ptr<Store> store() = 0;
  virtual bool presigns() const { return true; }
  // Whether it takes any text as a key.
  virtual bool takes_any_key() const { return true; }
};

struct BackendFactory {
  const char* name;
  std::function<std::unique_ptr<Backend>()> make;
};
inline void PrintTo(const BackendFactory& factory, std::ostream* out) { *out << factory.name; }
std::vector<BackendFactory> Backends();

std::unique_ptr<Backend> MakeFolderBackend();
// On a Versity S3 gateway that is started for this program (tools/install.sh test); fails the test
// when there is none.
std::unique_ptr<Backend> MakeS3Backend();
// The same with fake-gcs-server.
std::unique_ptr<Backend> MakeGcsBackend();

// A folder of its own below the system's for temporaries, removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::string path(const std::string& name = "") const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A server of another program, on a free port of loopback, ended with this one.
class TestServer {
 public:
  // `command`: its arguments for a port.
  explicit TestServer(const std::function<std::vector<std::string>(int port)>& command);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  int port() const { return port_; }

 private:
  int port_ = 0;
  int process_ = -1;
};
// Where tools/install.sh puts what Go builds.
std::string GoProgram(const std::string& name);

// Hint and message of an error, which a user sees together.
std::string ErrorText(const Status& status);

}  // namespace tideway::store
