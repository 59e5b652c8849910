// Documents of tokens one after another, cut into rows of one length: what models are trained on.
//
//   ARROW_ASSIGN_OR_RAISE(NodePtr packed, MakePack(rows, {.column = "ids", .length = 2048,
//                                                         .separator = 1}));
//
// The rows that come out have this one column, list<int32>, and are the same for any number of
// workers. Documents stay in order and are cut where a row ends; behind each one stands the
// separator, if there is one. Nulls, and documents without tokens, are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

// What becomes of the tokens at the end that do not fill a row.
enum class Remainder { kDrop, kPad, kKeep };

struct PackOptions {
  std::string column = {};
  int64_t length = 0;                      // tokens of a row, 1 to 2^20
  std::optional<int32_t> separator = {};   // behind each document
  Remainder remainder = Remainder::kDrop;  // kKeep: the last row is shorter
  std::optional<int32_t> padding = {};     // with kPad, and only then
};

// Errors of kind usage: options out of range; a column that is no list<int32>, when the schema is
// asked for. What is left out is counted as dropped, of tokens one by one.
Result<NodePtr> MakePack(NodePtr input, PackOptions options);

}  // namespace tideway::dataset
