#include "core/validate/rules.h"

#include <nlohmann/json.hpp>
#include <set>

namespace tideway::validate {

nlohmann::json IdentityOf(const Rules& rules) {
  nlohmann::json identity = {static_cast<int>(rules.mode), rules.tag_column};
  for (const Rule& rule : rules.rules) {
    nlohmann::json json = {rule.name, rule.only_counted};
    if (rule.condition != nullptr) json.push_back(rule.condition->Identity());
    if (rule.keys) json.push_back({rule.keys->columns, rule.keys->reference_columns});
    if (rule.outliers) {
      json.push_back({rule.outliers->column, rule.outliers->is_iqr, rule.outliers->limit});
    }
    identity.push_back(std::move(json));
  }
  return identity;
}

std::vector<std::string> ColumnsOf(const Rules& rules) {
  std::set<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    names.insert(more.begin(), more.end());
  };
  add(rules.profile.names());
  for (const Rule& rule : rules.rules) {
    if (rule.condition != nullptr) add(dataset::ColumnsOf(*rule.condition));
    if (rule.keys) add(rule.keys->columns);
    if (rule.outliers) add({rule.outliers->column});
  }
  return {names.begin(), names.end()};
}

std::vector<dataset::NodePtr> ReferencesOf(const Rules& rules) {
  std::vector<dataset::NodePtr> references;
  for (const Rule& rule : rules.rules) {
    if (rule.keys && rule.keys->reference) references.push_back(rule.keys->reference);
  }
  return references;
}

}  // namespace tideway::validate
