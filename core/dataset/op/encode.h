// encode: label names to label ids. The column made carries the names (features.h), so that a
// published dataset declares it as a ClassLabel.
#pragma once

#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct EncodeOptions {
  std::string column = {};               // string values
  std::vector<std::string> labels = {};  // distinct; labels[k] becomes k
  std::string as = {};                   // the new column, last; empty: `column` itself is replaced

  // A value that is no label: an error that names it, its row and the labels; a null; or the row is
  // left out and counted.
  enum class Unknown { kError, kNull, kDrop };
  Unknown on_unknown = Unknown::kError;
  // A null value: stays null; the row is left out and counted; an error that names its row.
  enum class Nulls { kKeep, kDrop, kError };
  Nulls nulls = Nulls::kKeep;
};

// An error of kind usage: no labels, a label twice, an empty column name.
Result<NodePtr> MakeEncode(NodePtr input, EncodeOptions options);

}  // namespace tideway::dataset
