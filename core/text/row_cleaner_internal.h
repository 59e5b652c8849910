// Cleans one text after another out of one buffer; see clean.h for what it does.
//
// One pass does all four steps. The URL step sees the input as it is. What it lets through is
// written out at once; a `<` remembers the place in the output, and a `>` on the same line takes
// the output back to there. White space is looked at last, against the end of the output. So a tag
// never needs a search ahead, and no byte is looked at more than a fixed number of times.
#pragma once

#include <cstdint>

#include "core/text/clean.h"
#include "core/text/events_internal.h"

namespace tideway::text::internal {

class RowCleaner {
 public:
  // The texts to come lie in [data, data + size), in order.
  RowCleaner(const CleanOptions& options, const uint8_t* data, int64_t size,
             FindEvents find = BestFindEvents())
      : options_(options), scanner_(data, size, find) {}

  // Writes the cleaned [begin, end) to `out`, at most end - begin bytes; returns their end.
  uint8_t* Clean(const uint8_t* begin, const uint8_t* end, uint8_t* out);

 private:
  // Each takes an event, and returns where to look for the next one.
  const uint8_t* Event(const uint8_t* event);
  const uint8_t* Url(const uint8_t* event);
  const uint8_t* TagEnd(const uint8_t* event);
  const uint8_t* Space(const uint8_t* event);

  // Writes what is pending before `position`.
  void Flush(const uint8_t* position);
  // Drops input up to `position`, and folds the white space that follows.
  const uint8_t* Resume(const uint8_t* position);
  void FoldSpaces();

  const CleanOptions options_;
  EventScanner scanner_;
  const uint8_t* end_ = nullptr;      // of the text
  const uint8_t* pending_ = nullptr;  // the first byte that is neither written nor dropped
  uint8_t* out_begin_ = nullptr;
  uint8_t* out_ = nullptr;
  uint8_t* tag_ = nullptr;  // where in the output the first `<` of this line stands
};

}  // namespace tideway::text::internal
