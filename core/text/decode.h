// Bytes to clean UTF-8: the encoding is found, what was read wrong before is undone, line ends are
// made one.
//
//   KernelPtr decode = MakeDecode({.newlines = Newlines::kLf});     // for dataset's map
//   DecodedText text = DecodeText("gr\xf6\xdfe", {});                // "größe", "windows-1252"
//
// See detect.h and mojibake.h for what is found and how. Threads: all is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::text {

enum class OnUnknown {
  kRefuse,   // an error that names the row
  kDrop,     // the row is left out, and counted by reason; operators only
  kNull,     // the text is null
  kReplace,  // it is read as UTF-8, with U+FFFD for what is none
  kLatin1,   // each byte is the character of its number
};
enum class Newlines { kKeep, kLf, kCrlf };

struct DecodeOptions {
  std::string encoding = {};  // as Python calls it; empty: it is found
  OnUnknown on_unknown = OnUnknown::kRefuse;
  bool mojibake = true;  // undo it
  Newlines newlines = Newlines::kKeep;
};

struct DecodedText {
  // Nothing where the bytes are that text already, or where there is a problem and no text.
  std::optional<std::string> text = {};
  std::string encoding = {};     // that the bytes are in; empty where there is a problem
  std::string problem = {};      // why there is no text, or text by on_unknown: "binary"
  std::string_view best = {};    // what ambiguous bytes may be in,
  std::string_view second = {};  // or as well
  std::string mojibake = {};     // what it had been read as: "windows-1252"
  int64_t guessed = 0;           // bytes of mojibake that had become spaces
  int64_t lost = 0;              // U+FFFD in the text
  // In runs of three and more: what some writers put for what they lack.
  int64_t question_marks = 0;
  bool mixed_newlines = false;  // CR LF and others, before they were made one
};

DecodedText DecodeText(std::string_view bytes, const DecodeOptions& options);

// An error of kind usage for an encoding that is not known.
Status CheckDecodeOptions(const DecodeOptions& options);

// The kernel "text.decode" for binary and string columns, also large ones; the type out is the
// string type of the same size. Nulls stay null. A column that is clean UTF-8 already is not
// copied.
dataset::KernelPtr MakeDecode(const DecodeOptions& options);

// The names of columns to add, each empty for none.
struct DecodeColumns {
  std::string encoding = {};        // string: the encoding; null where there is a problem
  std::string problem = {};         // string: null where there is none
  std::string mojibake = {};        // string: null where nothing was undone
  std::string lost = {};            // int64: U+FFFD in the text
  std::string question_marks = {};  // int64: in runs of three and more
  std::string mixed_newlines = {};  // bool
};

// decode(column): the kernel's work, and what was found as further columns, which come last. With
// OnUnknown::kDrop rows are left out. Errors (kind usage, when columns are asked for): no such
// column, one that is no string, a name that there is already.
dataset::NodePtr MakeDecodeRows(dataset::NodePtr input, std::string column,
                                const DecodeOptions& options, const DecodeColumns& columns);

}  // namespace tideway::text
