#include "core/tokens/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/tokens/json_fields.h"

namespace tideway::tokens {

namespace {

constexpr const char* kWhere = "model: vocab";

}  // namespace

Result<Vocabulary> Vocabulary::FromJson(const nlohmann::json& vocab) {
  if (!vocab.is_object()) return Unfit(kWhere, "must be an object of ids by token");
  Vocabulary made;
  int64_t last = -1;
  for (const auto& [token, id] : vocab.items()) {
    const int64_t number = id.is_number_integer() ? id.get<int64_t>() : -1;
    if (number < 0 || number > INT32_MAX) {
      return Unfit(kWhere, fmt::format("the id of `{}` is no whole number from 0 to 2147483647: {}",
                                       token, id.dump()));
    }
    last = std::max(last, number);
  }
  if (last + 1 - static_cast<int64_t>(vocab.size()) > kMaxHoles) {
    return Unfit(kWhere, fmt::format("{} tokens have ids up to {}: most ids are unused",
                                     vocab.size(), last));
  }
  made.tokens_.resize(static_cast<size_t>(last + 1));
  made.ids_.reserve(vocab.size());
  for (const auto& [token, id] : vocab.items()) {
    const auto number = id.get<int32_t>();
    std::string& place = made.tokens_[static_cast<size_t>(number)];
    if (!place.empty()) {
      return Unfit(kWhere, fmt::format("`{}` and `{}` have the same id: {}", place, token, number));
    }
    place = token;
    made.ids_.emplace(token, number);
    made.longest_ = std::max(made.longest_, token.size());
  }
  return made;
}

}  // namespace tideway::tokens
