// The families of encoders, one file each, that MakeEncoder() chooses from; null where a type has
// no form. And what they are made of.
#pragma once

#include <string>
#include <utility>

#include "core/sql/postgres/encoders.h"

namespace tideway::sql::postgres {

using arrow::Type;

template <typename Array, typename Write>
EncoderPtr Make(Write write) {
  return MakeWriter<std::string, Array>(std::move(write));
}
template <typename Write>
EncoderPtr FromIntegers(Type::type id, Write write) {
  return WriteIntegers<std::string>(id, std::move(write));
}
template <typename Write>
EncoderPtr FromFloats(Type::type id, Write write) {
  return WriteFloats<std::string>(id, std::move(write));
}
template <typename Write>
EncoderPtr FromText(Type::type id, Write write) {
  return WriteText<std::string>(id, std::move(write));
}
template <typename Write>
EncoderPtr FromBinary(Type::type id, Write write) {
  return WriteBinary<std::string>(id, std::move(write));
}

// encode_numbers.cc
EncoderPtr MakeInt2(const arrow::DataType& type);
EncoderPtr MakeInt4(const arrow::DataType& type);
EncoderPtr MakeInt8(const arrow::DataType& type);
EncoderPtr MakeOid(const arrow::DataType& type);
EncoderPtr MakeFloat4(const arrow::DataType& type);
EncoderPtr MakeFloat8(const arrow::DataType& type);
EncoderPtr MakeNumeric(const arrow::DataType& type, int modifier);

// encode_times.cc
EncoderPtr MakeDate(const arrow::DataType& type);
EncoderPtr MakeTime(const arrow::DataType& type, int modifier);
EncoderPtr MakeTimestamp(const arrow::DataType& type, int modifier, bool zoned);
EncoderPtr MakeInterval(const arrow::DataType& type);

}  // namespace tideway::sql::postgres
