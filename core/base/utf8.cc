#include "core/base/utf8.h"

#include <arrow/util/utf8.h>

namespace tideway {

bool IsUtf8(std::string_view bytes) {
  static const bool ready = [] {
    arrow::util::InitializeUTF8();
    return true;
  }();
  return ready && arrow::util::ValidateUTF8(bytes);
}

}  // namespace tideway
