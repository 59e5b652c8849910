// The rules and the languages of texts as native column functions.
#pragma once

#include <string>

#include "core/dataset/text_kernel.h"

namespace tideway::quality {

// As dataset::MakeTextKernel, for string columns. Errors: data, for a text of 2 GiB or more.
dataset::KernelPtr MakeKernel(std::string name, std::string options_json, dataset::OfText of);

}  // namespace tideway::quality
