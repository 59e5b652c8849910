// A plan is a tree of immutable nodes: sources at the leaves, operators above. Nothing runs until a
// sink opens the root (see execute.h).
//
// To add a source or an operator: subclass Node, give it Describe() and Identity(), and a Stream in
// Open(). Row-wise operators subclass RowOperator instead and write only Apply().
// An operator that reads its input itself opens it with OpenPlan() (materialise.h), so that rows
// the run has kept are not computed again.
//
// Ownership: nodes are shared and hold their inputs alive. Threads: const methods may be called
// from any thread; a node is never changed after it is made.
//
// Whatever goes through a plan, its destructor too, calls itself once per step of a chain; so
// whoever makes plans from a script's words checks each with CheckDepth().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

class Expression;
class Node;
class RunContext;
struct Step;
using NodePtr = std::shared_ptr<const Node>;
using ExpressionPtr = std::shared_ptr<const Expression>;

// A row of one of an operator's inputs.
struct RowOrigin {
  size_t input = 0;  // its number among the inputs
  int64_t row = 0;   // from 0
};
struct RowOrigins {
  std::vector<RowOrigin> rows = {};  // the first of them
  int64_t all = 0;                   // how many there are
};

class Node {
 public:
  virtual ~Node() = default;
  explicit Node(std::vector<NodePtr> inputs = {});
  const std::vector<NodePtr>& inputs() const { return inputs_; }
  // Steps from the farthest source to this node: 1 for a source.
  int depth() const { return depth_; }

  // The operator's name as scripts write it: "filter", "query", "read.parquet".
  virtual std::string_view op() const = 0;
  // What one line of a printed plan says after the name: "message: clean(urls, html)". May be
  // empty. No secrets.
  virtual std::string Describe() const = 0;
  // What makes this node's own work different from another's, inputs aside: options, function
  // hashes, for sources the content hashes of what they read. Two nodes with equal op, identity and
  // inputs give equal rows.
  virtual Result<std::string> Identity(RunContext& run) const = 0;
  // Whether Identity() is told at once, without reading all that a source reads.
  virtual Result<bool> KnowsIdentity(RunContext& run) const;
  // Does what Identity() needs to be told at once. Stops with kind interrupted when `stop` is set.
  virtual Status LearnIdentity(RunContext& run, const CancelToken& stop) const;
  // An operator like this one over other inputs, which have the same columns and may have more at
  // their end. Null where Origins() does not need it.
  virtual NodePtr WithInputs(std::vector<NodePtr> inputs) const;
  // The rows that row `row` (from 0) was made of: none for a source. By default those of an
  // operator that passes rows on as they are, found by means of WithInputs(). Computes rows anew.
  virtual Result<RowOrigins> Origins(int64_t row, RunContext& run) const;
  // Whether a source with the same identity gives its rows in the same order again. A query need
  // not. Default true.
  virtual bool repeats_order() const { return true; }
  // For a source: the URIs of what it reads, as receipts call them (InputRecord).
  virtual Result<std::vector<std::string>> InputUris() const;
  // The columns. May ask a source (read a footer, describe a query); remembered by the
  // implementation where that is slow.
  virtual Result<SchemaPtr> schema(RunContext& run) const = 0;
  // Starts reading. Barriers do their first pass here.
  virtual Result<std::unique_ptr<Stream>> Open(RunContext& run) const = 0;
  // The number of rows where it is known without running the plan (a footer, SELECT count(*), rows
  // in memory). A part of a split does the split's first pass here, unless the run only checks.
  virtual Result<std::optional<int64_t>> KnownRows(RunContext& run) const;
  // The same rows for a caller who looks at these columns only, when that is less work; null when
  // it is not. All columns are there under their names, but others may hold nulls only, of type
  // null. Names that there are not are the caller's to refuse. What an operator looks at itself it
  // has to add; one that looks at all columns narrows nothing.
  virtual NodePtr Narrow(const std::vector<std::string>& columns) const;
  // Whether reading its rows a second time is less work than writing them down, and gives the same
  // again. Then it tells the rows of each morsel (Stream::MorselRows). Default false.
  virtual bool cheap_to_reread() const { return false; }
  // The same rows for a caller who drops those for which `condition` is not true: it may pass them
  // over where it can tell without reading them (Stream::PassedOver). Null when it cannot.
  virtual NodePtr Prune(const ExpressionPtr& condition) const;

 private:
  std::vector<NodePtr> inputs_;
  int depth_ = 1;
};

// The longest chain of steps that a plan may have: what fits in the stack of any thread, with room
// to spare.
inline constexpr int kMaxPlanDepth = 1000;
// An error of kind usage when `node` is farther than kMaxPlanDepth from a source.
Status CheckDepth(const Node& node);

// Hash of op, identity and version of the whole tree below `node`: 32 hex digits. Keys materialised
// results and receipts.
Result<std::string> Fingerprint(const Node& node, RunContext& run);
// Whether that is told at once.
Result<bool> KnowsFingerprint(const Node& node, RunContext& run);
// Whether all its sources repeat their order: only then may a run go on in the middle of its rows.
bool RepeatsOrder(const Node& node);
// Sees to it that it is. Stops with kind interrupted when `stop` is set.
Status LearnFingerprint(const Node& node, RunContext& run, const CancelToken& stop);
// What the nodes of a plan say of themselves that can say it at once. Equal before and after a plan
// ran: no one changed meanwhile what it says, such as the snapshot of a database.
using KnownIdentities = std::map<const Node*, std::string>;
Result<KnownIdentities> IdentitiesKnown(const Node& node, RunContext& run);
// The URIs of all that the plan reads, each once, in the order of their names.
Result<std::set<std::string>> PlanInputUris(const Node& node);

// The plan as text, one node per line, inputs indented below: what `tideway check` prints. The root
// itself is indented `depth` times. What a node met before has below it is not printed again: its
// line ends in "(as above)".
std::string PrintPlan(const Node& node, size_t depth = 0);
// Several plans as one text, each indented below its name, which is indented once.
struct NamedPlan;
std::string PrintParts(const std::vector<NamedPlan>& parts);

// The op and what it describes: "encode department".
std::string StepName(const Node& node);
// `node` as counts and receipts name it. Goes through the whole plan below.
Step StepOf(const Node& node);

// An operator that turns each batch into one batch, rows in order, with no regard to other batches.
class RowOperator : public Node {
 public:
  using Node::Node;
  Result<SchemaPtr> schema(RunContext& run) const final;
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const final;
  // Whether every input row gives exactly one output row (then counting need not run it). Default
  // false.
  virtual bool keeps_row_count() const { return false; }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const final;
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const final;

 protected:
  // Checks columns and types against the input's, and gives the columns of the output.
  virtual Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const = 0;
  // Called once per execution, before Apply, on one thread, with both schemas. Returns the function
  // that is then called for every batch, by any worker, several at once. An error about one row
  // says so with AtRow() (row_error.h). Rows in and out are counted by the caller; reasons for
  // dropping are counted by Apply, with Worker::CountDropped.
  using Apply = std::function<Result<BatchPtr>(const BatchPtr&, Worker&)>;
  virtual Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                             RunContext& run) const = 0;
};

// A column function in native code that `map` can apply: tw.text.clean{...} and its kin are values
// of this type.
class ColumnKernel {
 public:
  virtual ~ColumnKernel() = default;
  // "text.clean"
  virtual std::string_view name() const = 0;
  // Its options as compact JSON: part of the plan's text and fingerprint.
  virtual std::string OptionsJson() const = 0;
  // The type out for a type in, or an error of kind usage that names the type: "text.clean: column
  // must be string: int64".
  virtual Result<std::shared_ptr<arrow::DataType>> OutputType(
      const arrow::DataType& input) const = 0;
  // One array of equal length; nulls stay null unless the kernel says otherwise. Thread-safe.
  virtual Result<std::shared_ptr<arrow::Array>> Apply(const std::shared_ptr<arrow::Array>& column,
                                                      Worker& worker) const = 0;
};
using KernelPtr = std::shared_ptr<const ColumnKernel>;

}  // namespace tideway::dataset
