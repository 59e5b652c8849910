// What became of the rows, step by step, as text.
//
// Thread safety: pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tideway::app {

// A line for each step of a receipt, indented, with its rows in and out, what it dropped, and
// what it changed where a step did; empty for no steps.
std::string StepTable(const nlohmann::ordered_json& steps);

}  // namespace tideway::app
