// YAML as Python writes it: what `yaml.dump(value, sort_keys=False, allow_unicode=True)` of PyYAML
// gives, byte for byte, so that a card pushed from here equals one pushed from Python.
//
//   ToYaml({{"names", {{"0", "Health, Social"}}}});      // names:\n  '0': Health, Social\n
//
// Block style; text longer than 80 columns is folded at spaces; strings are quoted only where a
// reader would take them for something else. Thread safety: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tideway::hub {

// `value` must be an object or an array; the text ends with a line feed. Keys must be shorter than
// 128 characters and of one line (feature names appear as values, never as keys).
std::string ToYaml(const nlohmann::ordered_json& value);

// Whether a reader would take the unquoted `text` for something else than a string: a number, a
// date, yes, null (the YAML 1.1 rules that PyYAML follows).
bool ReadsAsOtherType(std::string_view text);

}  // namespace tideway::hub
