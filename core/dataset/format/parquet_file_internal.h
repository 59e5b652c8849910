// The file that Arrow's Parquet writer writes columns to: row groups are put together and written
// here, so that the pages of a column are compressed side by side (deferred_pages_internal.h). All
// that it writes is made by Arrow's own parts; the bytes are those of Arrow's own file.
#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <memory>

#include "core/dataset/format/deferred_pages_internal.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

// Writes to `sink`. Pages wait in `pages`, of the codec of `properties`, while they are not
// compressed; it must outlive the writer. REQUIRES: by `properties`, all columns have a page index
// and are cut by content.
Result<std::unique_ptr<parquet::arrow::FileWriter>> OpenParquetFile(
    const SchemaPtr& schema, std::shared_ptr<arrow::io::OutputStream> sink,
    const std::shared_ptr<parquet::WriterProperties>& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties, PageQueue& pages);

}  // namespace tideway::dataset
