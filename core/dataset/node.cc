#include "core/dataset/node.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "core/base/hash.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// Part of every fingerprint: raised when an operator's rows change for equal options.
constexpr std::string_view kPlanVersion = "tideway plan 1";

void AppendField(std::string& text, std::string_view field) {
  text += std::to_string(field.size());
  text += ':';
  text += field;
}

// Adds the lines of `node` and of what is below it, unless `printed` already has it.
void PrintLines(const Node& node, size_t depth, std::set<const Node*>& printed, std::string& text) {
  text += std::string(2 * depth, ' ') + StepName(node);
  const bool again = !node.inputs().empty() && !printed.insert(&node).second;
  text += again ? " (as above)\n" : "\n";
  if (again) return;
  for (const NodePtr& input : node.inputs()) PrintLines(*input, depth + 1, printed, text);
}

// Each source once, in the order of the plan.
void AppendSources(const Node& top, std::set<const Node*>& seen,
                   std::vector<std::string>& sources) {
  const Node* node = &top;
  while (node->inputs().size() == 1) node = node->inputs()[0].get();
  if (!seen.insert(node).second) return;
  for (const NodePtr& input : node->inputs()) AppendSources(*input, seen, sources);
  if (!node->inputs().empty()) return;
  std::string name = StepName(*node);
  if (std::ranges::find(sources, name) == sources.end()) sources.push_back(std::move(name));
}

// All nodes of the plan, each once.
std::vector<const Node*> NodesOf(const Node& top) {
  std::vector<const Node*> nodes;
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> open = {&top};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    nodes.push_back(node);
    for (const NodePtr& input : node->inputs()) open.push_back(input.get());
  }
  return nodes;
}

// By node: what parts of a split share below them is looked at once.
using FingerprintMemo = std::unordered_map<const Node*, std::string>;

Result<std::string> FingerprintOf(const Node& node, RunContext& run, FingerprintMemo& memo) {
  const auto known = memo.find(&node);
  if (known != memo.end()) return known->second;
  std::string text(kPlanVersion);
  AppendField(text, node.op());
  ARROW_ASSIGN_OR_RAISE(const std::string identity, node.Identity(run));
  AppendField(text, identity);
  for (const NodePtr& input : node.inputs()) {
    ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, FingerprintOf(*input, run, memo));
    AppendField(text, fingerprint);
  }
  return memo[&node] = Hash128Hex(text);
}

}  // namespace

Node::Node(std::vector<NodePtr> inputs) : inputs_(std::move(inputs)) {
  for (const NodePtr& input : inputs_) depth_ = std::max(depth_, input->depth() + 1);
}

Status CheckDepth(const Node& node) {
  if (node.depth() <= kMaxPlanDepth) return Status::OK();
  return Error(ErrorKind::kUsage, std::string(node.op()) + ": a plan may be at most " +
                                      std::to_string(kMaxPlanDepth) + " steps deep")
      .Hint(
          "join many datasets in one call, a:concat(b, c, ...), and do the work of many filters or "
          "maps in one function");
}

NodePtr Node::Narrow(const std::vector<std::string>& /*columns*/) const { return nullptr; }
NodePtr Node::Prune(const ExpressionPtr& /*condition*/) const { return nullptr; }

Result<std::optional<int64_t>> Node::KnownRows(RunContext& /*run*/) const { return std::nullopt; }

Result<bool> Node::KnowsIdentity(RunContext& /*run*/) const { return true; }

NodePtr Node::WithInputs(std::vector<NodePtr> /*inputs*/) const { return nullptr; }

Status Node::LearnIdentity(RunContext& /*run*/, const CancelToken& /*stop*/) const {
  return Status::OK();
}

Result<std::vector<std::string>> Node::InputUris() const { return std::vector<std::string>(); }

Result<std::string> Fingerprint(const Node& node, RunContext& run) {
  FingerprintMemo memo;
  return FingerprintOf(node, run, memo);
}

Result<bool> KnowsFingerprint(const Node& node, RunContext& run) {
  for (const Node* each : NodesOf(node)) {
    ARROW_ASSIGN_OR_RAISE(const bool knows, each->KnowsIdentity(run));
    if (!knows) return false;
  }
  return true;
}

bool RepeatsOrder(const Node& node) {
  return std::ranges::all_of(NodesOf(node), [](const Node* each) { return each->repeats_order(); });
}

Status LearnFingerprint(const Node& node, RunContext& run, const CancelToken& stop) {
  for (const Node* each : NodesOf(node)) RETURN_NOT_OK(each->LearnIdentity(run, stop));
  return Status::OK();
}

Result<KnownIdentities> IdentitiesKnown(const Node& node, RunContext& run) {
  KnownIdentities identities;
  for (const Node* each : NodesOf(node)) {
    ARROW_ASSIGN_OR_RAISE(const bool knows, each->KnowsIdentity(run));
    if (!knows) continue;
    ARROW_ASSIGN_OR_RAISE(identities[each], each->Identity(run));
  }
  return identities;
}

Result<std::set<std::string>> PlanInputUris(const Node& node) {
  std::set<std::string> uris;
  for (const Node* each : NodesOf(node)) {
    ARROW_ASSIGN_OR_RAISE(const auto own, each->InputUris());
    uris.insert(own.begin(), own.end());
  }
  return uris;
}

std::string PrintPlan(const Node& node, size_t depth) {
  std::set<const Node*> printed;
  std::string text;
  PrintLines(node, depth, printed, text);
  return text;
}

std::string PrintParts(const std::vector<NamedPlan>& parts) {
  std::set<const Node*> printed;
  std::string text;
  for (const NamedPlan& part : parts) {
    text += "  " + part.name + "\n";
    PrintLines(*part.plan, 2, printed, text);
  }
  return text;
}

std::string StepName(const Node& node) {
  const std::string description = node.Describe();
  return description.empty() ? std::string(node.op()) : std::string(node.op()) + " " + description;
}

Step StepOf(const Node& node) {
  Step step{.sources = {}, .depth = node.depth(), .name = StepName(node)};
  std::set<const Node*> seen;
  AppendSources(node, seen, step.sources);
  return step;
}

}  // namespace tideway::dataset
