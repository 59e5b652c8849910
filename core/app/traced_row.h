// Where a row came from, as `tideway why` shows it: from the output down to the sources, each step
// with what it made or changed.
//
// Thread safety: pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/dataset/trace/trace.h"

namespace tideway::app {

// The row under `title`, then a line for each step, with the columns that it made or changed below;
// rows that a row was made of are indented where there are several.
std::string TracedRowText(const std::string& title, const dataset::TracedRow& row);

// `json` with the trace: step, row, values, place and origins of each.
nlohmann::ordered_json TracedRowJson(nlohmann::ordered_json json, const dataset::TracedRow& row);

}  // namespace tideway::app
