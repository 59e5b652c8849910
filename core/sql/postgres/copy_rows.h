// Rows out of the binary form of COPY ... TO STDOUT, message by message.
//
// Source: PostgreSQL's documentation of COPY, "Binary Format": a header, rows of (number of fields,
// then length and bytes of each), a trailer. The server sends one row a message, and the header
// alone or before the first.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::sql::postgres {

// The bytes of a value; null when data() is.
using Field = std::string_view;

class CopyRows {
 public:
  explicit CopyRows(size_t columns) : columns_(columns) {}

  // The next message. What the last one held must have been read.
  void Feed(std::string_view message) { rest_ = message; }
  // Reads a row of the message into `fields`; false when the message holds no more. The fields
  // point into it. Bytes that are no such row are an error of kind database.
  Result<bool> Next(std::vector<Field>* fields);
  // Whether the trailer was read, as it is at the end of every whole stream.
  bool ended() const { return ended_; }

 private:
  Status TakeHeader();

  const size_t columns_;
  std::string_view rest_;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace tideway::sql::postgres
