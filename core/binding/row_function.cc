#include "core/binding/row_function.h"

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>

#include <algorithm>
#include <map>

#include "core/binding/arguments.h"
#include "core/binding/runtime.h"
#include "core/binding/udf_state.h"
#include "core/dataset/columns.h"
#include "core/dataset/op/expand.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/run_context.h"
#include "core/dataset/type_name.h"

namespace tideway::binding {

namespace {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::RunContext;
using dataset::SchemaPtr;
using dataset::Worker;
using TypePtr = std::shared_ptr<arrow::DataType>;
using Declared = std::map<std::string, TypePtr>;
using ProgramPtr = std::shared_ptr<RowProgram>;

constexpr int64_t kLeastMemory = int64_t{16} << 20;

// A worker's share of the promise: its Lua heap and its texts may take an eighth of it each.
int64_t MemoryLimit(const RunContext& run) {
  return std::max(kLeastMemory, run.options().memory_bytes / (8 * run.workers()));
}

Result<UdfState*> StateOf(Worker& worker, const ProgramPtr& program) {
  return worker.State<UdfState>(program.get(), [&program] { return UdfState::Create(program); });
}

// `Base` is the kind of operator that the node is.
template <typename Base>
class RowFunctionNode : public Base {
 public:
  RowFunctionNode(NodePtr input, ShippedPtr function, std::string lua_folder)
      : Base({std::move(input)}),
        function_(std::move(function)),
        lua_folder_(std::move(lua_folder)) {}

  std::string Describe() const override { return "function at " + function_->where; }
  Result<std::string> Identity(RunContext&) const override { return function_->identity; }

 protected:
  ProgramPtr NewProgram(RowProgram::Kind kind, const SchemaPtr& input, RunContext& run) const {
    auto program = std::make_shared<RowProgram>();
    program->kind = kind;
    program->function = function_;
    program->lua_folder = lua_folder_;
    program->memory_limit = MemoryLimit(run);
    program->input = input;
    for (const auto& field : input->fields()) {
      const bool read = function_->reads_computed_keys ||
                        function_->keys_read.contains(field->name()) || kind == RowProgram::kColumn;
      program->casts.push_back(read ? ReadableType(*field->type()) : nullptr);
    }
    return program;
  }

  const ShippedPtr function_;
  const std::string lua_folder_;
};

class FilterNode : public RowFunctionNode<dataset::RowOperator> {
 public:
  using RowFunctionNode::RowFunctionNode;
  std::string_view op() const override { return "filter"; }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override { return input; }
  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& /*output*/,
                     RunContext& run) const override {
    ProgramPtr program = NewProgram(RowProgram::kFilter, input, run);
    return Apply([program](const BatchPtr& batch, Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(UdfState * state, StateOf(worker, program));
      ARROW_ASSIGN_OR_RAISE(auto keep, state->Filter(*batch));
      dataset::RowMask mask(batch->num_rows());
      for (size_t row = 0; row < keep.size(); ++row) {
        mask.Set(static_cast<int64_t>(row), keep[row] != 0);
      }
      return dataset::FilterRows(batch, mask);
    });
  }
};

// The output of `operation` that replaces column `index` of the input.
Result<RowOutput> Replacing(const arrow::Schema& input, int index, const Declared& declared,
                            std::string_view operation) {
  const arrow::Field& field = *input.field(index);
  const auto found = declared.find(field.name());
  TypePtr type = found != declared.end() ? found->second : field.type();
  if (type->id() == arrow::Type::DICTIONARY) type = ReadableType(*type);
  if (WriteKind(*type).empty()) {
    return Error(ErrorKind::kUsage, std::string(operation) + ": column `" + field.name() + "` is " +
                                        type->ToString() + ", which a row function cannot write")
        .Hint("declare the type of the new values: returns = { " + field.name() +
              " = \"string\" }");
  }
  return RowOutput{field.name(), type, index, "", operation};
}

// The columns of `input` with the outputs in their places, new ones behind.
SchemaPtr WithOutputs(const arrow::Schema& input, const std::vector<RowOutput>& outputs) {
  std::vector<std::shared_ptr<arrow::Field>> fields = input.fields();
  for (const RowOutput& output : outputs) {
    auto field = arrow::field(output.name, output.type);
    if (output.input < 0) {
      fields.push_back(std::move(field));
    } else {
      fields[static_cast<size_t>(output.input)] = std::move(field);
    }
  }
  return arrow::schema(std::move(fields), input.metadata());
}

std::vector<std::shared_ptr<arrow::Array>> WithResults(
    std::vector<std::shared_ptr<arrow::Array>> columns, const std::vector<RowOutput>& outputs,
    std::vector<std::shared_ptr<arrow::Array>> results) {
  for (size_t i = 0; i < results.size(); ++i) {
    if (outputs[i].input >= 0) {
      columns[static_cast<size_t>(outputs[i].input)] = std::move(results[i]);
    } else {
      columns.push_back(std::move(results[i]));
    }
  }
  return columns;
}

std::string WithDeclared(std::string identity, const Declared& declared) {
  for (const auto& [name, type] : declared) identity += "," + name + ":" + type->ToString();
  return identity;
}

// The columns that a function gives which returns tables of them, for each row one or several.
class RowColumns {
 public:
  RowColumns(const ShippedFunction& function, const Declared& declared, std::string_view operation)
      : function_(function), declared_(declared), operation_(operation) {}

  // Columns whose names the code writes, then the new ones by name.
  Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const {
    std::vector<RowOutput> outputs;
    for (int i = 0; i < input.num_fields(); ++i) {
      const std::string& name = input.field(i)->name();
      if (!function_.keys_written.contains(name) && !declared_.contains(name)) continue;
      ARROW_RETURN_NOT_OK(dataset::ColumnIndex(input, name, operation_));
      ARROW_ASSIGN_OR_RAISE(RowOutput output, Replacing(input, i, declared_, operation_));
      if (!declared_.contains(name)) {
        output.remedy =
            "; to change the column's type declare it: returns = { " + name + " = \"?\" }";
      }
      outputs.push_back(std::move(output));
    }
    for (const auto& [name, type] : NewColumns(input)) {
      if (WriteKind(*type).empty()) {
        return Error(ErrorKind::kUsage, std::string(operation_) + ": returns." + name +
                                            ": a row function cannot write " + type->ToString());
      }
      const bool guessed = !declared_.contains(name);
      outputs.push_back(
          {name, type, -1,
           guessed ? "; a new column is float64 unless declared: returns = { " + name + " = \"?\" }"
                   : "",
           operation_});
    }
    return outputs;
  }

  // Keys that the code writes and that are no output.
  std::vector<std::string> Suspects(const arrow::Schema& input) const {
    const Declared added = NewColumns(input);
    std::vector<std::string> suspects;
    for (const std::string& key : function_.keys_written) {
      if (input.GetFieldIndex(key) < 0 && !added.contains(key)) suspects.push_back(key);
    }
    return suspects;
  }

 private:
  // Declared columns, and those that the function's `return { ... }` spells out.
  Declared NewColumns(const arrow::Schema& input) const {
    Declared columns = declared_;
    if (operation_ == "map" && function_.returns_only_constructors) {
      for (const std::string& name : function_.returned_keys) {
        columns.emplace(name, arrow::float64());
      }
    }
    std::erase_if(columns, [&input](const auto& column) {
      return !input.GetAllFieldIndices(column.first).empty();
    });
    return columns;
  }

  const ShippedFunction& function_;
  const Declared& declared_;
  const std::string_view operation_;
};

// The parts that map(function) and map(column, function) share: how results become a batch.
class MapNode : public RowFunctionNode<dataset::RowOperator> {
 public:
  MapNode(NodePtr input, ShippedPtr function, std::string lua_folder, Declared declared)
      : RowFunctionNode(std::move(input), std::move(function), std::move(lua_folder)),
        declared_(std::move(declared)) {}
  std::string_view op() const override { return "map"; }
  bool keeps_row_count() const override { return true; }

  Result<std::string> Identity(RunContext&) const override {
    return WithDeclared(function_->identity, declared_);
  }

 protected:
  virtual Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const = 0;
  virtual Result<ProgramPtr> Program(const SchemaPtr& input, RunContext& run) const = 0;

  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const auto outputs, Outputs(*input));
    return WithOutputs(*input, outputs);
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(ProgramPtr program, Program(input, run));
    ARROW_ASSIGN_OR_RAISE(program->outputs, Outputs(*input));
    return Apply([program, output](const BatchPtr& batch, Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(UdfState * state, StateOf(worker, program));
      ARROW_ASSIGN_OR_RAISE(auto results, state->Map(*batch));
      return arrow::RecordBatch::Make(
          output, batch->num_rows(),
          WithResults(batch->columns(), program->outputs, std::move(results)));
    });
  }

  const Declared declared_;
};

class MapRowsNode : public MapNode {
 public:
  using MapNode::MapNode;

 protected:
  Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const override {
    return RowColumns(*function_, declared_, op()).Outputs(input);
  }
  Result<ProgramPtr> Program(const SchemaPtr& input, RunContext& run) const override {
    ProgramPtr program = NewProgram(RowProgram::kMap, input, run);
    program->suspects = RowColumns(*function_, declared_, op()).Suspects(*input);
    return program;
  }
};

class MapColumnNode : public MapNode {
 public:
  MapColumnNode(NodePtr input, ShippedPtr function, std::string lua_folder, Declared declared,
                std::string column)
      : MapNode(std::move(input), std::move(function), std::move(lua_folder), std::move(declared)),
        column_(std::move(column)) {}
  std::string Describe() const override { return column_ + ": " + MapNode::Describe(); }
  Result<std::string> Identity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(std::string identity, MapNode::Identity(run));
    return column_ + ":" + identity;
  }

 protected:
  Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(input, column_, op()));
    ARROW_ASSIGN_OR_RAISE(RowOutput output, Replacing(input, index, declared_, op()));
    if (declared_.empty()) {
      output.remedy = "; to change the column's type declare it: { returns = \"?\" }";
    }
    return std::vector<RowOutput>{std::move(output)};
  }

  Result<ProgramPtr> Program(const SchemaPtr& input, RunContext& run) const override {
    ProgramPtr program = NewProgram(RowProgram::kColumn, input, run);
    program->column = column_;
    return program;
  }

 private:
  const std::string column_;
};

class FlatMapNode : public RowFunctionNode<dataset::ExpandOperator> {
 public:
  FlatMapNode(NodePtr input, ShippedPtr function, std::string lua_folder, Declared declared)
      : RowFunctionNode(std::move(input), std::move(function), std::move(lua_folder)),
        declared_(std::move(declared)) {}
  std::string_view op() const override { return "flat_map"; }
  Result<std::string> Identity(RunContext&) const override {
    return WithDeclared(function_->identity, declared_);
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const auto outputs, Columns().Outputs(*input));
    return WithOutputs(*input, outputs);
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& run) const override {
    ProgramPtr program = NewProgram(RowProgram::kFlatMap, input, run);
    program->suspects = Columns().Suspects(*input);
    ARROW_ASSIGN_OR_RAISE(program->outputs, Columns().Outputs(*input));
    return Apply([program, output, &run](const BatchPtr& batch, Position from, int64_t end,
                                         Worker& worker) -> Result<Piece> {
      ARROW_ASSIGN_OR_RAISE(UdfState * state, StateOf(worker, program));
      ARROW_ASSIGN_OR_RAISE(auto flat,
                            state->FlatMap(*batch, from, end, run.batch_rows(), run.batch_bytes()));
      ARROW_ASSIGN_OR_RAISE(auto kept, Kept(*batch, program->outputs, *flat.parents));
      return Piece{arrow::RecordBatch::Make(
                       output, flat.parents->length(),
                       WithResults(std::move(kept), program->outputs, std::move(flat.outputs))),
                   flat.next};
    });
  }

 private:
  RowColumns Columns() const { return {*function_, declared_, op()}; }

  // The columns that no output replaces, for the rows that came out; null in place of the others.
  static Result<std::vector<std::shared_ptr<arrow::Array>>> Kept(
      const arrow::RecordBatch& batch, const std::vector<RowOutput>& outputs,
      const arrow::Array& parents) {
    std::vector<std::shared_ptr<arrow::Array>> columns = batch.columns();
    for (const RowOutput& output : outputs) {
      if (output.input >= 0) columns[static_cast<size_t>(output.input)] = nullptr;
    }
    for (auto& column : columns) {
      if (column == nullptr) continue;
      ARROW_ASSIGN_OR_RAISE(column, arrow::compute::Take(*column, parents));
    }
    return columns;
  }

  const Declared declared_;
};

// The type that `returns` names; `where` is for the error.
Result<TypePtr> ReturnedType(const std::string& name, const std::string& where) {
  auto type = dataset::TypeFromName(name);
  if (type.ok()) return type;
  const std::string_view outer = std::string_view(name).substr(0, name.find('<'));
  for (const char* nested : {"list", "large_list", "fixed_size_list", "struct", "map"}) {
    if (outer != nested) continue;
    return Error(ErrorKind::kUsage, where + ": a row function cannot write " + name)
        .Hint("write one column for each part, or a text: returns = { n = \"string\" }");
  }
  return WithContext(where, type.status());
}

// Reads `returns = { n = "int64" }` or the list form { "n" }; the table is on top of the stack.
Result<Declared> ReadReturns(lua_State* L, const std::string& operation) {
  if (!lua_istable(L, -1)) {
    return Error(ErrorKind::kUsage,
                 operation + ": returns must be a table of columns and their types")
        .Hint("returns = { n = \"int64\" }");
  }
  Declared declared;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_type(L, -1) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, operation + ": returns: a type is the name of one, not a " +
                                          std::string(luaL_typename(L, -1)))
          .Hint("returns = { n = \"int64\" }");
    }
    const std::string value = lua_tostring(L, -1);
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) {
      declared[value] = arrow::float64();
      continue;
    }
    const std::string name = lua_tostring(L, -1);
    ARROW_ASSIGN_OR_RAISE(declared[name], ReturnedType(value, operation + ": returns." + name));
  }
  return declared;
}

// The columns that the options' `returns` declares.
Result<Declared> ReadDeclared(lua_State* L, int options_index, const std::string& operation) {
  Options options(L, options_index, operation);
  Declared declared;
  if (options.Has("returns")) {
    options.PushValue("returns");
    ARROW_ASSIGN_OR_RAISE(declared, ReadReturns(L, operation));
    lua_pop(L, 1);
  }
  options.Finish();
  return declared;
}

std::string LuaFolder(lua_State* L) { return RuntimeOf(L).options().lua_folder; }

}  // namespace

Result<NodePtr> FilterRows(lua_State* L, int function, NodePtr input) {
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "filter"));
  return std::make_shared<FilterNode>(std::move(input), std::move(shipped), LuaFolder(L));
}

Result<NodePtr> MapRows(lua_State* L, int function, int options, NodePtr input) {
  ARROW_ASSIGN_OR_RAISE(Declared declared, ReadDeclared(L, options, "map"));
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "map"));
  return std::make_shared<MapRowsNode>(std::move(input), std::move(shipped), LuaFolder(L),
                                       std::move(declared));
}

Result<NodePtr> FlatMapRows(lua_State* L, int function, int options, NodePtr input) {
  ARROW_ASSIGN_OR_RAISE(Declared declared, ReadDeclared(L, options, "flat_map"));
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "flat_map"));
  return std::make_shared<FlatMapNode>(std::move(input), std::move(shipped), LuaFolder(L),
                                       std::move(declared));
}

Result<NodePtr> MapColumn(lua_State* L, std::string column, int function, int options_index,
                          NodePtr input) {
  Options options(L, options_index, "map");
  const auto type_name = options.OptionalString("returns");
  options.Finish();
  Declared declared;
  if (type_name) {
    ARROW_ASSIGN_OR_RAISE(declared[column], ReturnedType(*type_name, "map: returns"));
  }
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "map"));
  return std::make_shared<MapColumnNode>(std::move(input), std::move(shipped), LuaFolder(L),
                                         std::move(declared), std::move(column));
}

}  // namespace tideway::binding
