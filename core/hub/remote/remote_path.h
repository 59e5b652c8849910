// Names of files that a server gives, before one of them becomes a path on this machine.
#pragma once

#include <string>

#include "core/base/error.h"

namespace tideway::hub {

// OK for a relative path whose file lies in the folder it is joined to, whatever it is called. An
// error of kind data that tells the rule: empty, absolute, or longer than a file system takes;
// empty parts, `.` or `..`; a drive (`C:`) or `\`, which are paths on some systems; control
// characters; what is not UTF-8; `.cache/huggingface`, which is the downloads' own.
Status CheckRemotePath(const std::string& path);

// OK for a name that a file may be given in a repository; an error of kind usage for one that
// CheckRemotePath refuses, one with a part `.git`, and one longer than 1000 bytes.
Status CheckUploadPath(const std::string& path);

// OK for an ETag that can be the name of a file in the cache. An error of kind data otherwise.
Status CheckBlobName(const std::string& etag);

}  // namespace tideway::hub
