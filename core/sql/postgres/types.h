// PostgreSQL's binary values as Arrow columns:
//
//   bool                           bool
//   int2, int4, int8; oid          int16, int32, int64; uint32
//   float4, float8                 float32, float64
//   text, varchar, char(n), name   string; char(n) keeps its blanks
//   json, jsonb, xml, enums        string
//   bytea                          binary
//   uuid                           string; "binary": fixed_size_binary(16)
//   date                           date32; infinity becomes null, with a warning
//   time; timetz                   time64[us]; string
//   timestamp; timestamptz         timestamp[us]; timestamp[us, UTC]; infinity as for date
//   interval                       month_day_nano_interval
//   numeric(p, s), p <= 38         decimal128(p, s); NaN is an error; "float64", "string"
//   numeric otherwise              string, exact; "float64": the nearest
//   inet, cidr, macaddr            string
//   arrays of these                list; more than one dimension is an error
//   all else                       an error that says to cast to text
//
// In quotes: what a query's `types` option can ask for instead.
#pragma once

#include <arrow/type_fwd.h>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::sql::postgres {

// Collects the values of one column.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Appends one value's binary form. An error says what the value holds, not where it is.
  virtual Status Append(std::string_view bytes) = 0;
  // Where the values go: for nulls, and to finish an array.
  virtual const std::shared_ptr<arrow::ArrayBuilder>& builder() const = 0;
  // Values that Arrow cannot hold and that became null.
  virtual int64_t made_null() const { return 0; }
};

// A result column as the server describes it.
struct ColumnType {
  std::string name = {};
  Oid oid = 0;
  int modifier = -1;
  // Looked up for types that are not known: the server's name, and whether the binary form is the
  // text (enums, string types of extensions).
  std::string type_name = {};
  bool text_like = false;
};

// Whether Tideway knows the type without looking it up.
bool IsKnownType(Oid oid);
// The decoder for a column; `wanted` is the type of the query's `types` entry for it, or null.
// Errors of kind usage: a type that is not known, or that `wanted` cannot be had from.
Result<std::unique_ptr<Decoder>> MakeDecoder(const ColumnType& column,
                                             const arrow::DataType* wanted);

}  // namespace tideway::sql::postgres
