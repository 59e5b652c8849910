// What a Parquet source knows before it reads rows: each file's footer, and how its columns make up
// the columns of the whole.
#pragma once

#include <parquet/arrow/reader.h>
#include <parquet/metadata.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/format/source_files_internal.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

struct ParquetFileLayout {
  std::string path;
  std::shared_ptr<parquet::FileMetaData> metadata;
  // For each column of the whole: its position among the columns read from this file, or -1.
  std::vector<int> positions;
  // The leaf columns to read, as Parquet numbers them, and those of each column.
  std::vector<int> leaves;
  std::vector<std::vector<int>> columns;
};

struct ParquetLayout {
  SchemaPtr schema;  // with features on its fields
  std::vector<ParquetFileLayout> files;
  int64_t rows = 0;
};

// Reads all footers. `columns` are those asked for, an error when one is not there; empty: all. Of
// these, only those in `only` are read, where that is given; the others are null (OnlyColumns).
Result<ParquetLayout> ReadParquetLayout(const SourceFiles& files,
                                        const std::vector<std::string>& columns,
                                        const std::optional<std::vector<std::string>>& only);

// A reader of the rows of `path`. `streaming`: of pages one by one, not of whole column chunks.
Result<std::unique_ptr<parquet::arrow::FileReader>> OpenParquet(
    const std::string& path, const std::shared_ptr<parquet::FileMetaData>& metadata,
    bool streaming);

// The error (kind data) for a file that Parquet's own code could not read.
Status UnreadableParquet(const std::string& path, const Status& status);

}  // namespace tideway::dataset
