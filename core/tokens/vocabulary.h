// The field `vocab` of a model: tokens and their ids. Threads: const methods from any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"

namespace tideway::tokens {

class Vocabulary {
 public:
  // An error of kind data for what is no object of whole numbers from 0 to 2^31 - 1, for one id of
  // two tokens, and for ids that leave more than kMaxHoles unused.
  static Result<Vocabulary> FromJson(const nlohmann::json& vocab);

  std::optional<int32_t> Find(std::string_view token) const {
    const auto found = ids_.find(token);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }
  // By id; empty where an id has none.
  const std::vector<std::string>& tokens() const { return tokens_; }
  size_t size() const { return ids_.size(); }
  // Bytes of the longest.
  size_t longest() const { return longest_; }

  static constexpr int64_t kMaxHoles = 1 << 20;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids_;
  size_t longest_ = 0;
};

}  // namespace tideway::tokens
