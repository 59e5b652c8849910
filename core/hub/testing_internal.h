// What the tests of this folder share. Test code only.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/dataset/format/sources.h"
#include "core/hub/local/local.h"
#include "core/hub/push.h"

namespace tideway::hub::testing {

namespace fs = std::filesystem;

#define ASSERT_STATUS(expression)                    \
  do {                                               \
    const ::arrow::Status _status = (expression);    \
    ASSERT_TRUE(_status.ok()) << _status.ToString(); \
  } while (false)

// The value of a Result that must be OK.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).ValueOrDie();
}
inline void Must(const Status& status) { ASSERT_TRUE(status.ok()) << status.ToString(); }

inline Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}

// Expects a failure of `kind` whose message holds `text`.
#define EXPECT_FAILS(expression, expected_kind, text)                \
  do {                                                               \
    const ::arrow::Status _status = StatusOf(expression);            \
    EXPECT_FALSE(_status.ok());                                      \
    EXPECT_EQ(KindOf(_status), expected_kind) << _status.ToString(); \
    EXPECT_THAT(_status.message(), ::testing::HasSubstr(text));      \
  } while (false)

inline void WriteText(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline dataset::NodePtr Rows(const std::shared_ptr<arrow::Schema>& schema,
                             const std::string& json_rows) {
  const auto type = arrow::struct_(schema->fields());
  const auto array = Must(arrow::json::ArrayFromJSONString(type, json_rows));
  const auto batch = Must(arrow::RecordBatch::FromStructArray(array))->ReplaceSchemaMetadata({});
  return dataset::FromTable(
      Must(arrow::Table::FromRecordBatches(batch->schema(), {batch}))->ReplaceSchemaMetadata({}));
}

// A test with an empty folder of its own, removed with what it holds: in memory where there is such
// a file system, since commits wait for the disk at every step.
class HubTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    std::string pattern = (memory ? "/dev/shm/" : ::testing::TempDir()) + "tideway-hub-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  LocalOptions Options(const std::string& name = "repo") const {
    LocalOptions options;
    options.uri = "file:" + (folder_ / name).string();
    options.folder = folder_ / name;
    return options;
  }
  fs::path Repo(const std::string& path = "") const { return folder_ / "repo" / path; }

  // What a reader of the folder finds: the text of each file, links that lead nowhere left out.
  std::map<std::string, std::string> Visible() const {
    std::map<std::string, std::string> files;
    if (!fs::exists(Repo())) return files;
    for (auto i = fs::recursive_directory_iterator(Repo()); i != fs::end(i); ++i) {
      if (i->path().filename().string().starts_with('.')) {
        i.disable_recursion_pending();
      } else if (fs::is_regular_file(i->path())) {
        files[i->path().lexically_relative(Repo()).string()] = ReadText(i->path());
      }
    }
    return files;
  }

  fs::path folder_;
};

struct Ran {
  int code = -1;
  std::string output;
};

// Runs tests/support/judge_hub.py with these arguments. A missing Python is a failure.
inline Ran Judge(const std::string& arguments) {
  const std::string root = TIDEWAY_SOURCE_DIR;
  const std::string command = root + "/.deps/python/bin/python " + root +
                              "/tests/support/judge_hub.py " + arguments + " 2>&1";
  Ran ran;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    ran.output.append(buffer.data(), size);
  }
  const int status = ::pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

}  // namespace tideway::hub::testing
