// The bytes of a shipped function: a tree of tagged values, objects numbered in the order in which
// they first occur. Written by ship_function.cc, read by receive_function.cc of the same process.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tideway::binding {

enum ShipTag : char {
  kShipNil = 'n',
  kShipTrue = 't',
  kShipFalse = 'f',
  kShipNumber = 'd',  // double
  kShipInt64 = 'i',   // 8 bytes
  kShipUint64 = 'u',  // 8 bytes
  kShipString = 's',  // text
  // uint32 count, uint32 length of the list from 1, text (how the script reaches it), then keys and
  // values in turn; takes the next number
  kShipTable = 'T',
  kShipFunction = 'F',  // text (the dump), uint32 upvalues, then these; takes the next number
  kShipSeen = 'R',      // uint32 number of an object
  kShipLibrary = 'L',   // text: "math", "math.floor", "pairs"
  kShipLabels = 'B',    // a tw.labels: a table, its list of names; takes the next number
  kShipNull = 'N',      // tw.null
  kShipModule = 'M',    // the tideway module
};

template <typename T>
void AppendNumber(std::string* out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out->append(bytes, sizeof(T));
}

inline void AppendText(std::string* out, std::string_view text) {
  AppendNumber(out, static_cast<uint32_t>(text.size()));
  *out += text;
}

}  // namespace tideway::binding
