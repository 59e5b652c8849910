// Rows of The Stack: whatever columns they have, found by name.
//
//   RETURN_NOT_OK(CheckColumns(*schema));
//   RETURN_NOT_OK(ForEachRow(batch, [&](Row row) { return Take(TextOf(row, "blob_id")); }));
//
// Threads: values.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "core/dataset/stream.h"

namespace tideway::swh {

using Row = nlohmann::ordered_json;  // an object; columns in their order

// An error of kind usage: there is no column blob_id, or one of a type that has no JSON.
Status CheckColumns(const arrow::Schema& schema);
// Errors: those of `visit`; data, for NaN and infinity.
Status ForEachRow(const dataset::BatchPtr& batch, const std::function<Status(Row)>& visit);

// Empty where the column is not there, null, or no text.
std::string TextOf(const Row& row, const char* column);
// -1 where it is not there or no whole number.
int64_t IntOf(const Row& row, const char* column);
// The SWHID of the row's content, as the provenance that the archive's terms ask for: of
// `content_id`, with origin, visit, anchor and path as far as the row has them. Errors: data, for
// a row without a content_id.
Result<std::string> SwhidOf(const Row& row, const std::string& content_id);

}  // namespace tideway::swh
