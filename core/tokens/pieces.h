// A text in pieces, on its way to words.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tideway::tokens {

// Texts that stand for what was changed, until Clear(). Threads: one.
class TextArena {
 public:
  // An empty text, at a place that stays.
  std::string& New() {
    if (used_ == texts_.size()) texts_.push_back(std::make_unique<std::string>());
    texts_[used_]->clear();
    return *texts_[used_++];
  }
  void Clear() {
    used_ = 0;
    // One large text must not hold its memory for all that come.
    constexpr size_t kKeptBytes = 1 << 20;
    for (auto& text : texts_) {
      if (text->capacity() > kKeptBytes) std::string().swap(*text);
    }
  }

 private:
  std::vector<std::unique_ptr<std::string>> texts_;
  size_t used_ = 0;
};

using Pieces = std::vector<std::string_view>;

}  // namespace tideway::tokens
