// The S3 server of the tests.
#pragma once

#include <string>

#include "core/store/s3/s3_client.h"

namespace tideway::store {

struct S3Server {
  static constexpr const char* kId = "tideway-test";
  static constexpr const char* kSecret = "tideway-test-secret";
  static std::string Endpoint();
  // Of a bucket that nobody else has.
  static S3Options Options();
};

}  // namespace tideway::store
