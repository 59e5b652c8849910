// A URL into a file, whole.
//
//   RETURN_NOT_OK(Download(client, {.url = "https://..."}, path, cancel));
//
// What breaks off goes on where it stopped (Range with If-Range; RFC 9110, 13.1.5 and 14) when the
// server tells the version of the file by a strong ETag or a date of change, else from the start.
#pragma once

#include <string>

#include "core/net/client.h"

namespace tideway::net {

// Writes what a GET of `request` gives to the new file `path`; blocks. Errors: those of
// Client::Send, ErrorOf for an answer that is no success, disk_full and io.
Status Download(Client& client, Request request, const std::string& path,
                const CancelToken& cancel);

}  // namespace tideway::net
