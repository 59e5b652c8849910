// Takes personal data and secrets out of texts.
//
//   const Redactor redactor = Redactor::Make({.mode = Mode::kTag}).ValueOrDie();
//   redactor.Redact("mail ana@site.org", counts);       // "mail <EMAIL>"
//   KernelPtr redact = MakeRedact({...}).ValueOrDie();   // for dataset's map
//
// What stands in the place of a value:
//   kTag   <EMAIL>: its kind, or the name of the pattern
//   kFake  an invented value of the same kind, the same one for the same value and key: an address
//   at
//          example.com, an IP address of a documentation range, a card without a right check digit,
//          a phone number kept for fiction. Of a pattern, what kHash gives.
//   kHash  <EMAIL_9f86d081884c7d65>: the first 8 bytes of the HMAC-SHA256 of kind and value; equal
//          values have equal tags, and nobody without the key can tell of a value whether it is one
// None of these is found again: redacting a redacted text changes nothing. None holds a quote, a
// backslash or a line's end, so that strings and comments of code stay what they are.
//
// Threads: a Redactor is never changed after it is made.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/node.h"
#include "core/pii/find.h"

namespace tideway::pii {

enum class Mode { kTag, kFake, kHash };

struct RedactOptions {
  FindOptions find = {};
  Mode mode = Mode::kTag;
  // kHash needs it; for kFake, values are invented by `seed` where there is none. A secret.
  std::string key = {};
  int64_t seed = 0;
};

// How many values were taken out, by the name of their kind.
using Counts = std::map<std::string, int64_t, std::less<>>;

class Redactor {
 public:
  // Errors of kind usage: those of Finder::Make; kHash without a key.
  static Result<Redactor> Make(const RedactOptions& options);
  // Nothing when there is nothing to take out. Adds to `counts`.
  std::optional<std::string> Redact(std::string_view text, Counts& counts) const;

 private:
  Redactor(Finder finder, Mode mode, std::string key);
  std::string Replaced(std::string_view text, const std::vector<Finding>& findings,
                       Counts& counts) const;

  Finder finder_;
  Mode mode_;
  std::string key_;
};

// The kernel "pii.redact" for string and large_string columns; the type out is the type in, nulls
// stay null. An array with nothing to take out is returned as it is. Receipts count what was taken
// out as changed, by kind. Needs memory for one more copy of the column's bytes.
Result<dataset::KernelPtr> MakeRedact(const RedactOptions& options);

// The kernel "pii.findings": what is where, as list<struct<kind: string, start: int64, stop:
// int64>>; bytes from `start`, the first being 0, up to but without `stop`. Never the value. Nulls
// stay null.
Result<dataset::KernelPtr> MakeFindings(const FindOptions& options);

}  // namespace tideway::pii
