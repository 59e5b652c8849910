// Rows of two datasets whose keys are equal, side by side.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

enum class JoinKind {
  kInner,  // each pair of a left and a right row with equal keys
  kLeft,   // likewise, and left rows that match none, with nulls
  kSemi,   // left rows that match some right row, once
  kAnti,   // left rows that match none
};

struct JoinOptions {
  std::vector<std::pair<std::string, std::string>> on = {};  // columns: left, right
  JoinKind kind = JoinKind::kInner;
  std::string suffix = {};    // for right columns named as a left one; empty: that is an error
  bool unique_right = false;  // two right rows of one key are an error of kind data
};

// The left columns, then the right ones without its keys; rows in the order of the left, for each
// in the order of the right. Keys are equal as row_key.h tells (NaN to NaN), but a null to nothing.
//
// The right side is kept. Where it fits in memory, with a table of its keys, the left flows by;
// else both are dealt out to the scratch folder, and so is what each part of them gives, to be
// merged into the order of the left. So it is where one left row can have very many matches.
//
// Errors of kind usage: no keys, when the node is made; when the schema is asked for, what
// RowKeys::Make refuses, keys of two types, columns of one name.
Result<NodePtr> MakeJoin(NodePtr left, NodePtr right, JoinOptions options);

}  // namespace tideway::dataset
