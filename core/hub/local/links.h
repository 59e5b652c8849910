// Symbolic links, and the file copies that stand where links must not be. Thread safety: pure
// functions on the file system.
#pragma once

#include <optional>
#include <string>

#include "core/base/error.h"

namespace tideway::hub {

// Makes `at` a link to `target` in one step, replacing a file or link that stands there;
// `temporary` is a free name in the same file system.
Status SwapLink(const std::string& target, const std::string& at, const std::string& temporary);
// What the link at `path` says; nothing when it is absent or no link.
Result<std::optional<std::string>> ReadLink(const std::string& path);
// Removes a file or link; absent is fine.
Status Unlink(const std::string& path);
// A second name for the file, else (where the file system has none to give) a copy.
Status LinkOrCopy(const std::string& from, const std::string& to);
// A durable copy with the same modification time, by which Python's cache tells versions apart.
Status CopyDurably(const std::string& from, const std::string& to);

}  // namespace tideway::hub
