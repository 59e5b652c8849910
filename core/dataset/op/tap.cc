#include "core/dataset/op/tap.h"

#include <algorithm>

#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

constexpr size_t kMostBytes = 100;

class Tap : public RowOperator {
 public:
  Tap(NodePtr input, std::string name) : RowOperator({std::move(input)}), name_(std::move(name)) {}
  std::string_view op() const override { return "tap"; }
  std::string Describe() const override { return name_; }
  Result<std::string> Identity(RunContext&) const override { return name_; }
  bool keeps_row_count() const override { return true; }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {}, [this](NodePtr input) {
      return std::make_shared<Tap>(std::move(input), name_);
    });
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override { return input; }
  Result<Apply> Bind(const SchemaPtr&, const SchemaPtr&, RunContext&) const override {
    return Apply([](const BatchPtr& batch, Worker&) -> Result<BatchPtr> { return batch; });
  }

 private:
  const std::string name_;
};

}  // namespace

Result<NodePtr> MakeTap(NodePtr input, std::string name) {
  const bool is_line =
      std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (name.empty() || name.size() > kMostBytes || !is_line) {
    return Error(ErrorKind::kUsage, "tap: a name is one line of 1 to 100 bytes: `" + name + "`");
  }
  return std::make_shared<Tap>(std::move(input), std::move(name));
}

}  // namespace tideway::dataset
