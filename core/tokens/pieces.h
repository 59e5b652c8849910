// A text in pieces, on its way to words.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

// Pieces one after another, handed on by the thousand: those of a large text would take many times
// its size.
//
//   Pieces words([&](std::span<const std::string_view> some) { ... });
//   words.Add("for");
//   words.HandOn();  // the last ones
//
// Threads: one.
class Pieces {
 public:
  using Take = std::function<void(std::span<const std::string_view>)>;

  explicit Pieces(Take take) : take_(std::move(take)) { pieces_.reserve(kMost); }
  void Add(std::string_view piece) {
    if (pieces_.size() == kMost) HandOn();
    pieces_.push_back(piece);
  }
  void Add(const char* begin, const char* end) { Add({begin, static_cast<size_t>(end - begin)}); }
  void HandOn() {
    take_(pieces_);
    pieces_.clear();
  }

 private:
  static constexpr size_t kMost = 1024;

  const Take take_;
  std::vector<std::string_view> pieces_;
};

}  // namespace tideway::tokens
