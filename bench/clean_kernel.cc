// Megabytes per second and core of text.clean, beside a byte-by-byte loop that does the same work.
//
//   ninja -C build/default clean_kernel_bench && build/default/bin/clean_kernel_bench [rows]
//
// The text is like what the grievance desk gets: English and Nepali messages of some 260 bytes,
// with addresses, tags and line breaks. Both sides run in turns; the figures are medians.
#include <arrow/api.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "bench/kernel_timing.h"
#include "core/text/clean.h"

namespace {

using Array = std::shared_ptr<arrow::Array>;

const std::vector<std::string> kSentences = {
    "The drinking water pipe in our ward has been broken for three weeks and nobody has come.",
    "I have written to the office twice; please tell me whom I should ask next.",
    "Street lights near the school do not work, and the road is dangerous at night.",
    "When will the health post receive medicines again?",
    "हाम्रो वडामा खानेपानीको पाइप "
    "फुटेको तीन हप्ता भयो।",
    "सडकको अवस्था एकदमै खराब छ, "
    "कृपया छिटो मर्मत गरिदिनुहोस्।",
    "विद्यालय नजिकैको बत्ती बल्दैन।",
    "Thank you for your help with this matter.",
};
const std::vector<std::string> kExtras = {
    " ",   " ",    "\n",   "\n\n", "  ", "<br/>", " https://portal.example.gov.np/complaints?id=",
    " ",   "<p>",  "</p>", " ",    " ",  "\t",    " www.example.com.np/photo/",
    " \n", "<b> ", " ",    " ",    " ",  " ",
};

std::string Message(std::mt19937_64& random) {
  std::string text;
  for (uint64_t left = 1 + random() % 4; left > 0; --left) {
    text += kSentences[random() % kSentences.size()];
    const std::string& extra = kExtras[random() % kExtras.size()];
    text += extra;
    if (extra.back() == '=' || (extra.back() == '/' && extra.size() > 5)) {
      text += std::to_string(random() % 1'000'000) + " ";
    }
  }
  return text;
}

Array Messages(int64_t rows) {
  std::mt19937_64 random(42);
  arrow::StringBuilder builder;
  for (int64_t row = 0; row < rows; ++row) {
    if (!builder.Append(Message(random)).ok()) std::abort();
  }
  return builder.Finish().ValueOrDie();
}

// White space at `p` in bytes, 0 if none.
int64_t Space(const uint8_t* p, const uint8_t* end) {
  if (*p == ' ' || (*p >= 9 && *p <= 13) || (*p >= 28 && *p <= 31)) return 1;
  if (*p < 0xC2 || *p > 0xE3) return 0;
  if (*p == 0xC2) return end - p > 1 && (p[1] == 0x85 || p[1] == 0xA0) ? 2 : 0;
  if (*p < 0xE1 || end - p < 3) return 0;
  const int code = (p[0] & 15) << 12 | (p[1] & 63) << 6 | (p[2] & 63);
  return code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
                 code == 0x202F || code == 0x205F || code == 0x3000
             ? 3
             : 0;
}

int64_t UrlPrefix(const uint8_t* p, const uint8_t* end) {
  for (const char* prefix : {"http://", "https://", "www."}) {
    const auto size = static_cast<int64_t>(std::strlen(prefix));
    if (end - p > size && std::memcmp(p, prefix, size) == 0 && Space(p + size, end) == 0) {
      return size;
    }
  }
  return 0;
}

uint8_t* ScalarRow(const uint8_t* p, const uint8_t* end, uint8_t* const begin) {
  uint8_t* out = begin;
  uint8_t* tag = nullptr;
  while (p < end) {
    if (*p == 'h' || *p == 'w') {
      if (const int64_t prefix = UrlPrefix(p, end)) {
        for (p += prefix; p < end && Space(p, end) == 0;) ++p;
        continue;
      }
    }
    if (*p == '<' && tag == nullptr) tag = out;
    if (*p == '\n') tag = nullptr;
    if (*p == '>' && tag != nullptr) {
      out = tag;
      tag = nullptr;
      ++p;
    } else if (const int64_t space = Space(p, end)) {
      if (out != begin && out[-1] != ' ') *out++ = ' ';
      p += space;
    } else {
      *out++ = *p++;
    }
  }
  return out != begin && out[-1] == ' ' ? out - 1 : out;
}

int64_t ScalarClean(const Array& array, std::vector<uint8_t>& values) {
  const auto& column = static_cast<const arrow::StringArray&>(*array);
  uint8_t* out = values.data();
  for (int64_t row = 0; row < column.length(); ++row) {
    const auto cell = column.GetView(row);
    const auto* begin = reinterpret_cast<const uint8_t*>(cell.data());
    out = ScalarRow(begin, begin + cell.size(), out);
  }
  return out - values.data();
}

}  // namespace

int main(int argc, char** argv) {
  const Array messages = Messages(argc > 1 ? std::atoll(argv[1]) : 1'000'000);
  const auto& column = static_cast<const arrow::StringArray&>(*messages);
  const double megabytes = static_cast<double>(column.total_values_length()) / 1e6;
  const auto kernel = tideway::text::MakeClean({});
  tideway::dataset::Worker worker(0);
  std::vector<uint8_t> scratch(static_cast<size_t>(column.total_values_length()));

  std::vector<double> ours, scalar, copy;
  for (int round = 0; round < 7; ++round) {
    int64_t bytes = 0, scalar_bytes = 0;
    ours.push_back(Seconds([&] {
      for (int64_t at = 0; at < messages->length(); at += 65'536) {
        const auto cleaned = kernel->Apply(messages->Slice(at, 65'536), worker).ValueOrDie();
        bytes += static_cast<const arrow::StringArray&>(*cleaned).total_values_length();
      }
    }));
    scalar.push_back(Seconds([&] { scalar_bytes = ScalarClean(messages, scratch); }));
    copy.push_back(
        Seconds([&] { std::memcpy(scratch.data(), column.value_data()->data(), scratch.size()); }));
    if (bytes != scalar_bytes) {
      fmt::print(stderr, "clean_kernel: {} bytes, the loop gives {}\n", bytes, scalar_bytes);
      return 1;
    }
  }
  fmt::print("{} messages, {:.0f} MB, one core\n", messages->length(), megabytes);
  fmt::print("text.clean   {:6.0f} MB/s\n", megabytes / Median(ours));
  fmt::print("scalar loop  {:6.0f} MB/s\n", megabytes / Median(scalar));
  fmt::print("memcpy       {:6.0f} MB/s\n", megabytes / Median(copy));
  return 0;
}
