// The rules and the languages of texts as native column functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::quality {

// What is said of a text; nothing becomes null.
using OfText = std::function<std::optional<std::string>(std::string_view text)>;

// A kernel for string and large_string columns, whose column out is `string`; nulls stay null.
// Errors: data, for a text of 2 GiB or more.
dataset::KernelPtr MakeTextKernel(std::string name, std::string options_json, OfText of);

}  // namespace tideway::quality
