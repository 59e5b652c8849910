// Gigabytes per second and core of text.decode on text that is UTF-8 already, beside memcpy.
//
//   ninja -C build/default decode_kernel_bench && build/default/bin/decode_kernel_bench [folder]
//
// The text is that of the files in a folder (/usr/include), at most 512 MB, as one column in
// batches of 16 MB. Both sides run in turns; the figures are medians.
#include <arrow/api.h>
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bench/kernel_timing.h"
#include "core/text/decode.h"

namespace {

using Array = std::shared_ptr<arrow::Array>;

constexpr int64_t kMostBytes = 512 << 20;
constexpr int64_t kBatchBytes = 16 << 20;

std::vector<Array> Texts(const std::filesystem::path& folder) {
  std::vector<Array> batches;
  arrow::StringBuilder builder;
  int64_t all = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || all >= kMostBytes) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto as_it_is = tideway::text::DecodeText(text, {});
    if (as_it_is.text || !as_it_is.problem.empty()) continue;
    all += static_cast<int64_t>(text.size());
    if (!builder.Append(text).ok()) std::abort();
    if (builder.value_data_length() >= kBatchBytes)
      batches.push_back(builder.Finish().ValueOrDie());
  }
  batches.push_back(builder.Finish().ValueOrDie());
  return batches;
}

}  // namespace

int main(int argc, char** argv) {
  const auto batches = Texts(argc > 1 ? argv[1] : "/usr/include");
  const auto kernel = tideway::text::MakeDecode({});
  tideway::dataset::Worker worker(0);
  std::vector<uint8_t> scratch(2 * kBatchBytes);
  double gigabytes = 0;
  for (const Array& batch : batches) {
    gigabytes +=
        static_cast<double>(static_cast<const arrow::StringArray&>(*batch).total_values_length()) /
        1e9;
  }

  std::vector<double> ours, copy;
  for (int round = 0; round < 7; ++round) {
    ours.push_back(Seconds([&] {
      for (const Array& batch : batches) {
        if (kernel->Apply(batch, worker).ValueOrDie() != batch) std::abort();
      }
    }));
    copy.push_back(Seconds([&] {
      for (const Array& batch : batches) {
        const auto& texts = static_cast<const arrow::StringArray&>(*batch);
        const auto bytes = static_cast<size_t>(texts.total_values_length());
        std::memcpy(scratch.data(), texts.value_data()->data(), std::min(bytes, scratch.size()));
      }
    }));
  }
  fmt::print("{:.2f} GB of files, one core\n", gigabytes);
  fmt::print("text.decode  {:5.1f} GB/s\n", gigabytes / Median(ours));
  fmt::print("memcpy       {:5.1f} GB/s\n", gigabytes / Median(copy));
  return 0;
}
