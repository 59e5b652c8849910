// The room on a disk, and what of it is to stay free.
//
//   RETURN_NOT_OK(Room{root, reserve}.Check(bytes, "bigcode/the-stack"));
//
// Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/error.h"

namespace tideway::mirror {

struct Room {
  std::string folder;
  int64_t reserve = 0;  // bytes that stay free
  // Bytes that a user may still write in a folder. Tests give their own.
  std::function<Result<int64_t>(const std::string& folder)> free = FreeBytes;

  static Result<int64_t> FreeBytes(const std::string& folder);
  // OK when `need` bytes more leave the reserve; else an error of kind disk_full with all numbers.
  // `what`: for whom they are needed.
  Status Check(int64_t need, const std::string& what) const;
};

}  // namespace tideway::mirror
