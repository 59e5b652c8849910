#include "core/quality/kernel.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "core/base/error.h"

namespace tideway::quality {

dataset::KernelPtr MakeKernel(std::string name, std::string options_json, dataset::OfText of) {
  auto checked = [name,
                  of = std::move(of)](std::string_view text) -> Result<std::optional<std::string>> {
    if (text.size() <= static_cast<size_t>(std::numeric_limits<int32_t>::max())) return of(text);
    return Error(ErrorKind::kData, fmt::format("{}: a text of {} bytes", name, text.size()))
        .Hint("leave such rows out: texts may have less than 2 GiB");
  };
  return dataset::MakeTextKernel(std::move(name), std::move(options_json), std::move(checked),
                                 dataset::TextTypes::kString);
}

}  // namespace tideway::quality
