// Kernels that give each text of a column a short text: a name, a list of names, or null.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::text::internal {

using Label = std::function<std::optional<std::string>(std::string_view text)>;

// Takes binary and string columns, also large ones; the column out is string. Nulls stay null.
// `label` is called by several threads.
dataset::KernelPtr MakeLabelKernel(std::string name, std::string options_json, Label label);

// Calls `visit` with the number and the text of each row that is not null; a column of another type
// is an error of kind usage that begins with `name`.
Status ForEachText(const arrow::Array& column, std::string_view name,
                   const std::function<Status(int64_t row, std::string_view text)>& visit);
// Whether ForEachText serves the type.
Status CheckTextType(const arrow::DataType& type, std::string_view name);

}  // namespace tideway::text::internal
