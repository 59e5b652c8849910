// Objects in buckets: Amazon S3 and what speaks its protocol, Google Cloud Storage, and a folder
// that stands for either.
//
//   ARROW_ASSIGN_OR_RAISE(const Place place, Open("s3://bucket/data/a.parquet", options));
//   ARROW_ASSIGN_OR_RAISE(const Object object, place.store->Head(place.key, cancel));
//
// A put is one whole object or nothing: readers see the old one or the new. Members (file/, s3/,
// gcs/) pass one contract (contract_test.cc) and do not know each other. transfer.h has what is
// built on them: files, parallel reads, patterns.
//
// Errors of all methods: not_found; auth; conflict, where an object changed or is there already;
// usage, for a key that the store does not take; network, timeout, data; interrupted.
//
// Threads: all methods are safe from any thread; they block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/byte_ranges.h"
#include "core/base/cancel.h"
#include "core/net/message.h"
#include "core/net/range_sink.h"

namespace tideway::store {

// What a store tells of an object. Listings leave out what they are not told.
struct Object {
  std::string key = {};
  int64_t size = 0;
  std::string etag = {};    // names this content; no quotes around it
  std::string md5 = {};     // 32 hex digits; empty: not told
  std::string crc32c = {};  // 8 hex digits; empty: not told
  std::string content_type = {};
  std::string modified = {};       // "2026-01-02T03:04:05Z"
  std::string storage_class = {};  // "STANDARD", "GLACIER", ...
  std::string url = {};            // where it is, for who may read it without signing
};

struct ListRequest {
  std::string prefix = {};
  std::string delimiter = {};  // keys that have it after the prefix are told once, as far as it
  std::string next = {};       // Page::next of the page before
  int most = 1000;             // of one page
};

// By key, in the order of its bytes.
struct Page {
  std::vector<Object> objects = {};
  std::vector<std::string> prefixes = {};
  std::string next = {};  // empty: it is the last
};

struct PutOptions {
  std::string content_type = {};  // empty: application/octet-stream
  bool if_absent = false;         // an object that is there is an error of kind conflict
  std::string replaces = {};      // an ETag: of any other content there, or none, it is too
};

struct PresignOptions {
  std::string method = "GET";  // or "PUT"
  int64_t expires_s = 3600;    // at most a week
};

class Store {
 public:
  virtual ~Store() = default;
  // "s3://bucket", "file:/folder".
  virtual const std::string& uri() const = 0;

  virtual Result<Page> List(const ListRequest& request, const CancelToken& cancel) = 0;
  virtual Result<Object> Head(const std::string& key, const CancelToken& cancel) = 0;
  // Writes the first bytes of an object, `most` of them where it has so many, and tells what it
  // is: a small one is read by one call.
  virtual Result<Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                                   const CancelToken& cancel) = 0;
  // Writes these bytes of just that content; conflict where it has changed.
  virtual Status ReadRange(const Object& object, ByteRange range, const net::WriteAt& write,
                           const CancelToken& cancel) = 0;
  virtual Result<Object> Put(const std::string& key, const net::Body& source,
                             const PutOptions& options, const CancelToken& cancel) = 0;
  // Within the bucket, without the bytes coming here. Beyond 5 GiB of S3 only bytes and content
  // type are copied, else what the store copies.
  virtual Result<Object> Copy(const std::string& from, const std::string& to,
                              const CancelToken& cancel) = 0;
  // What is not there counts as deleted.
  virtual Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) = 0;
  // A URL by which anyone may do one thing for a time: a secret.
  virtual Result<std::string> Presign(const std::string& key, const PresignOptions& options,
                                      const CancelToken& cancel) = 0;
  // One that is there already, and ours, is fine.
  virtual Status CreateBucket(const CancelToken& cancel) = 0;
};

// The value of an environment variable, if it has any.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// `text` without the quotes around it.
std::string Unquoted(std::string text);
// An error of kind usage for a method or a time that Presign does not take.
Status CheckPresign(const PresignOptions& options);
Error NoSuchObject(const std::string& uri, const std::string& key);
Error ObjectChanged(const std::string& uri, const std::string& key);
Error ObjectExists(const std::string& uri, const std::string& key);
Error ObjectReplaced(const std::string& uri, const std::string& key);

}  // namespace tideway::store
