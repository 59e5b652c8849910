// Where the content of a blob is kept below the folder of a download.
//
//   raw/Python/3f/3f786850e387550fdab836ed7e6dc881de23001b.py             by blob
//   raw/Python/3f/acme__tools__src__main-3f786850e387550fdab836ed7e6dc881de23001b.py    by path
//
// Any language, path or extension gives a name that every file system takes, of at most 243 bytes,
// and no two blobs have one name. Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway::swh {

enum class Names { kBlob, kPath };

struct FileFacts {
  std::string language;
  std::string blob_id;    // 40 hex digits
  std::string extension;  // without the dot; may be empty
  std::string repo_name;
  std::string path;
};

// By path, a name is cut to 180 bytes, never within a character.
std::string FilePath(const FileFacts& facts, Names names);

// `language` as a part of a path: slashes and control characters are `_`.
std::string LanguageName(std::string_view language);

}  // namespace tideway::swh
