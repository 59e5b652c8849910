#include "core/app/export/sealed_file.h"

#include <string_view>

#include "core/base/file.h"
#include "core/base/hash.h"

namespace tideway::app {
namespace {

constexpr std::string_view kSeal = "# sha256 of the lines above: ";

bool IsSealed(const std::string& text) {
  const size_t at = text.rfind(kSeal);
  return at != text.npos && Sealed(text.substr(0, at)) == text;
}

}  // namespace

std::string Sealed(const std::string& text) {
  return text + std::string(kSeal) + Sha256Hex(text) + "\n";
}

Status WriteSealed(const std::string& path, const std::string& sealed, bool force) {
  constexpr int kExecutable = 0755;
  if (FileExists(path) && !force) {
    ARROW_ASSIGN_OR_RAISE(const std::string there, ReadFile(path));
    if (!IsSealed(there)) {
      return Error(ErrorKind::kConflict, "export: the file is not as tideway wrote it: " + path)
          .Hint("name another with --output, or replace it with --force");
    }
  }
  return WriteFileAtomic(path, sealed, kExecutable);
}

}  // namespace tideway::app
