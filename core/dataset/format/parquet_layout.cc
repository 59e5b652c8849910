#include <arrow/io/file.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/mapped_pool.h"
#include "core/dataset/columns.h"
#include "core/dataset/format/distant_groups_internal.h"
#include "core/dataset/format/parquet_layout_internal.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/schema_union_internal.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kPageBuffer = 1 << 20;

struct Footer {
  std::string path;
  std::shared_ptr<parquet::FileMetaData> metadata;
  SchemaPtr schema;
  std::vector<std::vector<int>> leaves;  // of each column
};

void AddLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const auto& child : field.children) AddLeaves(child, leaves);
}

Result<Footer> ReadFooter(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(path, nullptr, false));
  Footer footer{path, reader->parquet_reader()->metadata(), nullptr, {}};
  SchemaPtr schema;
  RETURN_NOT_OK(reader->GetSchema(&schema));
  ARROW_ASSIGN_OR_RAISE(footer.schema, ColumnsOfFile(*schema));
  for (const auto& field : reader->manifest().schema_fields) {
    AddLeaves(field, footer.leaves.emplace_back());
  }
  return footer;
}

Result<SchemaPtr> Select(const SchemaPtr& schema, const std::vector<std::string>& columns) {
  if (columns.empty()) return schema;
  arrow::FieldVector fields;
  for (const std::string& name : columns) {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*schema, name, "read.parquet"));
    fields.push_back(schema->field(index));
  }
  return arrow::schema(std::move(fields));
}

// Where the file has a column of `whole` that is to be read, or -1.
int IndexIn(const Footer& footer, const arrow::Field& field) {
  return field.type()->id() == arrow::Type::NA ? -1 : footer.schema->GetFieldIndex(field.name());
}

ParquetFileLayout LayOut(const Footer& footer, const arrow::Schema& whole) {
  ParquetFileLayout layout{footer.path, footer.metadata, {}, {}, {}};
  // The reader gives columns in file order, whatever the order of the leaves asked for.
  std::vector<int> wanted;
  for (const FieldPtr& field : whole.fields()) {
    const int index = IndexIn(footer, *field);
    if (index >= 0) wanted.push_back(index);
  }
  std::sort(wanted.begin(), wanted.end());
  for (const int index : wanted) {
    const auto& leaves = footer.leaves[static_cast<size_t>(index)];
    layout.leaves.insert(layout.leaves.end(), leaves.begin(), leaves.end());
    layout.columns.push_back(leaves);
  }
  for (const FieldPtr& field : whole.fields()) {
    const int index = IndexIn(footer, *field);
    const auto found = std::lower_bound(wanted.begin(), wanted.end(), index);
    layout.positions.push_back(index < 0 ? -1 : static_cast<int>(found - wanted.begin()));
  }
  return layout;
}

}  // namespace

Status UnreadableParquet(const std::string& path, const Status& status) {
  if (GetErrorDetail(status) != nullptr) return status;
  return Error(ErrorKind::kData,
               fmt::format("read.parquet: cannot read {}: {}", path, status.message()))
      .Hint("the file is damaged, incomplete or no Parquet file; write or fetch it again");
}

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenParquet(
    const std::string& path, const std::shared_ptr<parquet::FileMetaData>& metadata,
    bool streaming) {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  if (const auto distant = DistantFileAt(path)) {
    ARROW_ASSIGN_OR_RAISE(file, distant->Open());
  } else {
    ARROW_ASSIGN_OR_RAISE(file, arrow::io::ReadableFile::Open(path));
  }
  parquet::ReaderProperties properties(&MappedPool::Get());
  if (streaming) {
    properties.enable_buffered_stream();
    properties.set_buffer_size(kPageBuffer);
  }
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_arrow_extensions_enabled(true);
  parquet::arrow::FileReaderBuilder builder;
  builder.memory_pool(&MappedPool::Get());
  RETURN_NOT_OK(builder.Open(std::move(file), properties, metadata));
  return builder.properties(arrow_properties)->Build();
}

Result<ParquetLayout> ReadParquetLayout(const SourceFiles& files,
                                        const std::vector<std::string>& columns,
                                        const std::optional<std::vector<std::string>>& only) {
  ARROW_ASSIGN_OR_RAISE(const auto paths, files.Paths());
  RETURN_NOT_OK(BringFooters(paths));
  std::vector<Footer> footers;
  SchemaUnion all("read.parquet");
  for (const std::string& path : paths) {
    Result<Footer> footer = ReadFooter(path);
    if (!footer.ok()) return UnreadableParquet(path, footer.status());
    RETURN_NOT_OK(all.Add(path, *footer->schema));
    footers.push_back(std::move(*footer));
  }
  ParquetLayout layout;
  ARROW_ASSIGN_OR_RAISE(layout.schema, Select(all.schema(), columns));
  if (only) layout.schema = OnlyColumns(*layout.schema, *only);
  for (const Footer& footer : footers) {
    layout.files.push_back(LayOut(footer, *layout.schema));
    layout.rows += footer.metadata->num_rows();
  }
  return layout;
}

}  // namespace tideway::dataset
