// Kernels that say of each text of a column something short: a name, a list of names, or null.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::dataset {

enum class TextTypes { kString, kStringOrBinary };  // and their large kin

// What is said of a text; nothing becomes null.
using OfText = std::function<Result<std::optional<std::string>>(std::string_view text)>;

// The column out is string. Nulls stay null. `of` is called by several threads. Errors: usage, for
// a column of another type; those of `of`.
KernelPtr MakeTextKernel(std::string name, std::string options_json, OfText of,
                         TextTypes types = TextTypes::kStringOrBinary);

// Calls `visit` with the number and the text of each row that is not null; a column of another type
// is an error of kind usage that begins with `name`.
Status ForEachText(const arrow::Array& column, std::string_view name,
                   const std::function<Status(int64_t row, std::string_view text)>& visit);
// Whether the type is one of `types`.
Status CheckTextType(const arrow::DataType& type, std::string_view name,
                     TextTypes types = TextTypes::kStringOrBinary);

}  // namespace tideway::dataset
