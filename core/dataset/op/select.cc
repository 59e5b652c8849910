#include "core/dataset/op/select.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/expression/expression.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"

namespace tideway::dataset {
namespace {

// A column that goes on: its index in the input, its name in the output.
using Choice = std::pair<int, std::string>;

class Projection : public RowOperator {
 public:
  explicit Projection(NodePtr input) : RowOperator({std::move(input)}) {}

  bool keeps_row_count() const final { return true; }
  bool cheap_to_reread() const final { return inputs()[0]->cheap_to_reread(); }

 protected:
  virtual Result<std::vector<Choice>> Choose(const arrow::Schema& input) const = 0;

  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const final {
    ARROW_ASSIGN_OR_RAISE(const auto choices, Choose(*input));
    return Project(*input, choices);
  }
  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& /*run*/) const final {
    ARROW_ASSIGN_OR_RAISE(auto choices, Choose(*input));
    return Apply(
        [choices = std::move(choices), output](const BatchPtr& batch, Worker&) -> Result<BatchPtr> {
          std::vector<std::shared_ptr<arrow::Array>> columns;
          for (const Choice& choice : choices) columns.push_back(batch->column(choice.first));
          return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
        });
  }

 private:
  Result<SchemaPtr> Project(const arrow::Schema& input, const std::vector<Choice>& choices) const {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    std::set<std::string> names;
    for (const auto& [index, name] : choices) {
      if (!names.insert(name).second) {
        return Error(ErrorKind::kUsage,
                     std::string(op()) + ": two columns would be named `" + name + "`");
      }
      fields.push_back(input.field(index)->WithName(name));
    }
    return arrow::schema(std::move(fields), input.metadata());
  }
};

class Select : public Projection {
 public:
  Select(NodePtr input, std::vector<std::string> columns)
      : Projection(std::move(input)), columns_(std::move(columns)) {}
  std::string_view op() const override { return "select"; }
  std::string Describe() const override { return JoinNames(columns_); }
  Result<std::string> Identity(RunContext&) const override { return IdentityText(columns_); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> wanted;
    for (const std::string& column : columns_) {
      if (std::ranges::find(columns, column) != columns.end()) wanted.push_back(column);
    }
    return NarrowBelow(*this, std::move(wanted), {}, [this](NodePtr input) {
      return std::make_shared<Select>(std::move(input), columns_);
    });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    const auto kept = [this](const std::string& column) {
      return std::ranges::find(columns_, column) != columns_.end();
    };
    if (!std::ranges::all_of(ColumnsOf(*condition), kept)) return nullptr;
    NodePtr input = inputs()[0]->Prune(condition);
    return input == nullptr ? nullptr : std::make_shared<Select>(std::move(input), columns_);
  }

 protected:
  Result<std::vector<Choice>> Choose(const arrow::Schema& input) const override {
    std::vector<Choice> choices;
    for (const std::string& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(input, column, op()));
      choices.emplace_back(index, column);
    }
    return choices;
  }

 private:
  const std::vector<std::string> columns_;
};

class Drop : public Projection {
 public:
  Drop(NodePtr input, std::vector<std::string> columns)
      : Projection(std::move(input)), columns_(std::move(columns)) {}
  std::string_view op() const override { return "drop"; }
  std::string Describe() const override { return JoinNames(columns_); }
  Result<std::string> Identity(RunContext&) const override { return IdentityText(columns_); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {}, [this](NodePtr input) {
      return std::make_shared<Drop>(std::move(input), columns_);
    });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    const auto dropped = [this](const std::string& column) {
      return std::ranges::find(columns_, column) != columns_.end();
    };
    if (std::ranges::any_of(ColumnsOf(*condition), dropped)) return nullptr;
    NodePtr input = inputs()[0]->Prune(condition);
    return input == nullptr ? nullptr : std::make_shared<Drop>(std::move(input), columns_);
  }

 protected:
  Result<std::vector<Choice>> Choose(const arrow::Schema& input) const override {
    std::set<int> dropped;
    for (const std::string& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(input, column, op()));
      dropped.insert(index);
    }
    std::vector<Choice> choices;
    for (int index = 0; index < input.num_fields(); ++index) {
      if (!dropped.contains(index)) choices.emplace_back(index, input.field(index)->name());
    }
    return choices;
  }

 private:
  const std::vector<std::string> columns_;
};

class Rename : public Projection {
 public:
  Rename(NodePtr input, std::vector<std::pair<std::string, std::string>> names)
      : Projection(std::move(input)), names_(std::move(names)) {}
  std::string_view op() const override { return "rename"; }
  std::string Describe() const override {
    std::vector<std::string> changes;
    for (const auto& [from, to] : names_) changes.push_back(from + " to " + to);
    return JoinNames(changes);
  }
  Result<std::string> Identity(RunContext&) const override { return IdentityText(names_); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> wanted;
    for (const std::string& column : columns) {
      const auto named =
          std::ranges::find(names_, column, &std::pair<std::string, std::string>::second);
      wanted.push_back(named == names_.end() ? column : named->first);
    }
    return NarrowBelow(*this, std::move(wanted), {}, [this](NodePtr input) {
      return std::make_shared<Rename>(std::move(input), names_);
    });
  }

 protected:
  Result<std::vector<Choice>> Choose(const arrow::Schema& input) const override {
    std::vector<Choice> choices;
    for (int index = 0; index < input.num_fields(); ++index) {
      choices.emplace_back(index, input.field(index)->name());
    }
    for (const auto& [from, to] : names_) {
      ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(input, from, op()));
      choices[static_cast<size_t>(index)].second = to;
    }
    return choices;
  }

 private:
  const std::vector<std::pair<std::string, std::string>> names_;
};

}  // namespace

NodePtr Narrowed(NodePtr input, const std::vector<std::string>& columns) {
  NodePtr narrowed = input->Narrow(columns);
  return narrowed != nullptr ? narrowed : input;
}

NodePtr MakeSelect(NodePtr input, std::vector<std::string> columns) {
  input = Narrowed(std::move(input), columns);
  return std::make_shared<Select>(std::move(input), std::move(columns));
}

NodePtr MakeDrop(NodePtr input, std::vector<std::string> columns) {
  return std::make_shared<Drop>(std::move(input), std::move(columns));
}

NodePtr MakeRename(NodePtr input, std::vector<std::pair<std::string, std::string>> names) {
  return std::make_shared<Rename>(std::move(input), std::move(names));
}

}  // namespace tideway::dataset
