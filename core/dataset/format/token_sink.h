// Tokens as flat binary files: the numbers of all rows one after another, little-endian, and
// nothing else. What numpy.memmap reads, and trainers that know nothing of Parquet.
//
//   const auto format = MakeTokenFormat({.column = "ids", .type = TokenType::kUint16});
//   RETURN_NOT_OK(WriteFiles({{"train", plan}}, {.path = "out/tokens"}, *format, run));
//
// Rows of one length, as pack.h makes them, are numpy.memmap(file, "<u2").reshape(-1, length); else
// the separator tells where a row ends. One file is .bin; in a folder, shards and manifest.json.
// Shards are measured in bytes.
#pragma once

#include <memory>
#include <string>

#include "core/dataset/format/write_files.h"

namespace tideway::dataset {

enum class TokenType { kUint16, kUint32 };

struct TokenFileOptions {
  std::string column = {};  // of list<int32>; empty for the only one
  TokenType type = TokenType::kUint16;
};

// Errors: usage for a column of another type; data, with the row, for a null and for a token beyond
// the type.
std::unique_ptr<const FileFormat> MakeTokenFormat(TokenFileOptions options);

}  // namespace tideway::dataset
