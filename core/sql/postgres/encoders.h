// Arrow columns as PostgreSQL's binary values: the way back of types.h. The table's column decides
// the form:
//
//   into                     from
//   bool                     bool
//   int2, int4, int8, oid    integers that fit, floats that are whole
//   float8; float4           float16 to float64, integers it holds exactly; float16, float32
//   numeric                  integers, decimals, floats (in the fewest digits that read back),
//   text;
//                            no digit is rounded off
//   text, varchar, char(n), name, enums, string types of extensions
//                            text, names of labels
//   json, jsonb              text, which the server checks; structs and lists
//   bytea                    binary
//   uuid                     fixed_size_binary(16), text
//   date                     date32, date64
//   time                     time32, time64 of whole microseconds
//   timestamp; timestamptz   timestamp without a zone; with one; of whole microseconds
//   interval                 duration, month_day_nano_interval
//   arrays                   lists of what goes into the element, one dimension
//   all else                 text, which the server reads as a cast would
//
// A dictionary is what its values are, an extension type what its storage is; a column of type null
// goes anywhere.
#pragma once

#include <arrow/type_fwd.h>
#include <libpq-fe.h>

#include <string>

#include "core/sql/value_writer.h"

namespace tideway::sql::postgres {

using Encoder = ValueWriter<std::string>;
using EncoderPtr = WriterPtr<std::string>;

// Appends a field of a binary row: the length, -1 for a null, and the value.
Status AppendField(Encoder& encoder, const arrow::Array& array, int64_t row, std::string& out);

// A table's column, as far as its values' form goes.
struct TargetType {
  Oid oid = 0;  // of a domain: of what it is made of
  int modifier = -1;
  Oid element = 0;         // of an array: its element's; else 0
  bool text_like = false;  // the binary form of the value, or element, is its text
};

// The encoder for a column, or null where its values have no form in `target`.
EncoderPtr MakeEncoder(const arrow::Field& field, const TargetType& target);
// The encoder for text that the server is to cast, or null where `field` is no text.
EncoderPtr MakeTextEncoder(const arrow::Field& field);

// The type that a column made for `type` has: "bigint", "text[]"; empty when there is none.
std::string TypeFor(const arrow::DataType& type);

}  // namespace tideway::sql::postgres
