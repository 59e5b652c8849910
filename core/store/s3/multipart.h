// A large object put in parts, several at once, that appears whole or not at all.
//
// Parts that an earlier process sent are not sent again where they are of the same bytes. Errors
// give up the upload, but for an interrupt and a lost connection: it is then gone on with by the
// next. Threads: any; blocks.
#pragma once

#include "core/store/s3/s3_client.h"

namespace tideway::store {

// From this size on.
inline constexpr int64_t kMultipartBytes = int64_t{32} << 20;

// Of one object of the bucket, without the bytes coming here: for those that are too large to be
// copied by one call. Given up on any error. Of just that content: conflict, where it has changed.
inline constexpr int64_t kMostCopiedBytes = int64_t{5} << 30;
Status CopyInParts(S3Client& client, const Object& from, const std::string& to, int64_t part_bytes,
                   const CancelToken& cancel);
// The value of x-amz-copy-source.
std::string CopySource(const S3Client& client, const std::string& key);

// What `options` say of an object that is there, as headers; and whether an answer is that it is
// not so.
void SetCondition(const PutOptions& options, net::Headers& headers);
bool Refuses(const PutOptions& options, const net::Response& response);

Status PutInParts(S3Client& client, const std::string& key, const net::Body& source,
                  const PutOptions& options, const CancelToken& cancel);

}  // namespace tideway::store
