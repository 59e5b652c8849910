#include "core/hub/remote/content_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <utility>

namespace tideway::hub {

namespace {

constexpr size_t kSha1Digits = 40;

}  // namespace

struct ContentHash::State {
  State() : context(EVP_MD_CTX_new()) {}
  ~State() { EVP_MD_CTX_free(context); }
  EVP_MD_CTX* const context;
};

ContentHash::ContentHash(std::string expected, int64_t size)
    : expected_(std::move(expected)), size_(size), state_(std::make_unique<State>()) {
  Restart();
}

ContentHash::~ContentHash() = default;

void ContentHash::Restart() {
  const bool git = expected_.size() == kSha1Digits;
  EVP_DigestInit_ex(state_->context, git ? EVP_sha1() : EVP_sha256(), nullptr);
  if (git) Update(fmt::format("blob {}", size_) + '\0');
}

void ContentHash::Update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

bool ContentHash::Matches() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex == expected_;
}

}  // namespace tideway::hub
