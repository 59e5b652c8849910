// Users' own patterns: one automaton tells which of them match a text at all, and only those are
// run.
//
// Threads: any may use one, several at once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/pii/kind.h"

namespace tideway::pii::internal {

class Patterns {
 public:
  static Result<std::shared_ptr<const Patterns>> Make(
      const std::map<std::string, std::string>& by_name);
  ~Patterns();

  const std::vector<std::string>& names() const { return names_; }
  // Adds the findings of all patterns; their kinds are kKinds + the place of the name.
  void Find(std::string_view text, std::vector<Finding>& findings) const;

 private:
  struct Compiled;
  Patterns();
  std::vector<std::string> names_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace tideway::pii::internal
