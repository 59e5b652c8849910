// What the data files of a repository are, told from their names as Python's `datasets` tells it.
//
//   const auto format = InferFormat(files);                    // {"parquet", ".parquet"}
//   if (format) files = FilesOf(*format, std::move(files));
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tideway::hub {

struct DataFormat {
  std::string module;     // that reads it, by its name in Python: "parquet", "csv", "imagefolder"
  std::string extension;  // that decided: ".tsv"

  // Whether both are read alike: .csv and .tsv are not, .json and .jsonl are.
  bool operator==(const DataFormat& other) const;
};

// The last part of a path.
std::string_view BaseName(std::string_view path);

// Whether an extension of the name is one of data, of any module.
bool IsDataFile(std::string_view path);

// By the extension that most files have; of several, Parquet before all. Nothing when no file has
// one that a module reads. Archives (".zip") are the module "zip": what is in them is not known.
std::optional<DataFormat> InferFormat(const std::vector<std::string>& files);

// Those that the module reads.
std::vector<std::string> FilesOf(const DataFormat& format, std::vector<std::string> files);

}  // namespace tideway::hub
