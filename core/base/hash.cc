#include "core/base/hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/hex.h"

namespace tideway {
struct Hasher::State {
  explicit State(const EVP_MD* algorithm) : context(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context, algorithm, nullptr);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  EVP_MD_CTX* const context;
};

Hasher::Hasher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Hasher::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &size);
  return Hex({reinterpret_cast<const char*>(digest.data()), size});
}

Sha256::Sha256() : Hasher(std::make_unique<State>(EVP_sha256())) {}

Md5::Md5() : Hasher(std::make_unique<State>(EVP_md5())) {}

GitBlob::GitBlob(int64_t size) : Hasher(std::make_unique<State>(EVP_sha1())) {
  Update(fmt::format("blob {}", size) + '\0');
}

std::string Sha256Hex(std::string_view bytes) { return HexOf(Sha256Bytes(bytes)); }

std::string HexOf(const Sha256Digest& digest) { return Hex({digest.data(), digest.size()}); }

std::optional<Sha256Digest> Sha256OfHex(std::string_view digits) {
  Sha256Digest digest;
  if (!IsHex(digits, 2 * digest.size())) return std::nullopt;
  std::ranges::copy(BytesOfHex(digits), digest.begin());
  return digest;
}

std::string GitBlobHex(std::string_view bytes) {
  GitBlob hasher(static_cast<int64_t>(bytes.size()));
  hasher.Update(bytes);
  return hasher.Finish();
}

Sha256Digest Sha256Bytes(std::string_view bytes) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                EVP_MD_CTX_free);
  Sha256Digest digest;
  EVP_DigestInit_ex2(context.get(), algorithm, nullptr);
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

Result<std::string> Sha256File(const std::string& path, const std::function<Status()>& check) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "file: cannot open", path);
  Sha256 hasher;
  std::string piece(1 << 20, '\0');
  ssize_t size = 0;
  Status status;
  while ((size = read(fd, piece.data(), piece.size())) > 0 || (size < 0 && errno == EINTR)) {
    if (size > 0) hasher.Update({piece.data(), static_cast<size_t>(size)});
    if (check) status = check();
    if (!status.ok()) break;
  }
  if (size < 0 && status.ok()) status = ErrnoError(errno, "file: cannot read", path);
  close(fd);
  RETURN_NOT_OK(status);
  return hasher.Finish();
}

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string Hash128Hex(std::string_view bytes) {
  const auto [high, low] = Hash128Of(bytes);
  return fmt::format("{:016x}{:016x}", high, low);
}

Hash128 Hash128Of(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace tideway
