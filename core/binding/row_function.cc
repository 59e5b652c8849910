#include "core/binding/row_function.h"

#include <arrow/api.h>

#include <algorithm>
#include <map>

#include "core/binding/arguments.h"
#include "core/binding/runtime.h"
#include "core/binding/udf_state.h"
#include "core/dataset/columns.h"
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

class RowFunctionNode : public dataset::RowOperator {
 public:
  RowFunctionNode(NodePtr input, ShippedPtr function, std::string lua_folder)
      : RowOperator({std::move(input)}),
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

class FilterNode : public RowFunctionNode {
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

// The parts that map(function) and map(column, function) share: how results become a batch.
class MapNode : public RowFunctionNode {
 public:
  MapNode(NodePtr input, ShippedPtr function, std::string lua_folder, Declared declared)
      : RowFunctionNode(std::move(input), std::move(function), std::move(lua_folder)),
        declared_(std::move(declared)) {}
  std::string_view op() const override { return "map"; }
  bool keeps_row_count() const override { return true; }

  Result<std::string> Identity(RunContext&) const override {
    std::string identity = function_->identity;
    for (const auto& [name, type] : declared_) identity += "," + name + ":" + type->ToString();
    return identity;
  }

 protected:
  virtual Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const = 0;
  virtual Result<ProgramPtr> Program(const SchemaPtr& input, RunContext& run) const = 0;

  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const auto outputs, Outputs(*input));
    std::vector<std::shared_ptr<arrow::Field>> fields = input->fields();
    for (const RowOutput& output : outputs) {
      auto field = arrow::field(output.name, output.type);
      if (output.input < 0) {
        fields.push_back(std::move(field));
      } else {
        fields[static_cast<size_t>(output.input)] = std::move(field);
      }
    }
    return arrow::schema(std::move(fields), input->metadata());
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(ProgramPtr program, Program(input, run));
    ARROW_ASSIGN_OR_RAISE(program->outputs, Outputs(*input));
    return Apply([program, output](const BatchPtr& batch, Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(UdfState * state, StateOf(worker, program));
      ARROW_ASSIGN_OR_RAISE(auto results, state->Map(*batch));
      std::vector<std::shared_ptr<arrow::Array>> columns = batch->columns();
      for (size_t i = 0; i < results.size(); ++i) {
        const int input_column = program->outputs[i].input;
        if (input_column >= 0) {
          columns[static_cast<size_t>(input_column)] = std::move(results[i]);
        } else {
          columns.push_back(std::move(results[i]));
        }
      }
      return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
    });
  }

  // The output that replaces column `index` of the input.
  Result<RowOutput> Replacing(const arrow::Schema& input, int index) const {
    const arrow::Field& field = *input.field(index);
    const auto declared = declared_.find(field.name());
    TypePtr type = declared != declared_.end() ? declared->second : field.type();
    if (type->id() == arrow::Type::DICTIONARY) type = ReadableType(*type);
    if (WriteKind(*type).empty()) {
      return Error(ErrorKind::kUsage, "map: column `" + field.name() + "` is " + type->ToString() +
                                          ", which a row function cannot write")
          .Hint("declare the type of the new values: returns = { " + field.name() +
                " = \"string\" }");
    }
    return RowOutput{field.name(), type, index, ""};
  }

  const Declared declared_;
};

class MapRowsNode : public MapNode {
 public:
  using MapNode::MapNode;

 protected:
  // Columns whose names the code writes, then the new ones by name.
  Result<std::vector<RowOutput>> Outputs(const arrow::Schema& input) const override {
    std::vector<RowOutput> outputs;
    for (int i = 0; i < input.num_fields(); ++i) {
      const std::string& name = input.field(i)->name();
      if (!function_->keys_written.contains(name) && !declared_.contains(name)) continue;
      ARROW_RETURN_NOT_OK(dataset::ColumnIndex(input, name, "map"));
      ARROW_ASSIGN_OR_RAISE(RowOutput output, Replacing(input, i));
      if (!declared_.contains(name)) {
        output.remedy =
            "; to change the column's type declare it: returns = { " + name + " = \"?\" }";
      }
      outputs.push_back(std::move(output));
    }
    for (const auto& [name, type] : NewColumns(input)) {
      if (WriteKind(*type).empty()) {
        return Error(ErrorKind::kUsage,
                     "map: returns." + name + ": a row function cannot write " + type->ToString());
      }
      const bool guessed = !declared_.contains(name);
      outputs.push_back(
          {name, type, -1,
           guessed ? "; a new column is float64 unless declared: returns = { " + name + " = \"?\" }"
                   : ""});
    }
    return outputs;
  }

  Result<ProgramPtr> Program(const SchemaPtr& input, RunContext& run) const override {
    ProgramPtr program = NewProgram(RowProgram::kMap, input, run);
    const Declared added = NewColumns(*input);
    for (const std::string& key : function_->keys_written) {
      if (input->GetFieldIndex(key) < 0 && !added.contains(key)) program->suspects.push_back(key);
    }
    return program;
  }

 private:
  // Declared columns, and those that the function's `return { ... }` spells out.
  Declared NewColumns(const arrow::Schema& input) const {
    Declared columns = declared_;
    if (function_->returns_only_constructors) {
      for (const std::string& name : function_->returned_keys)
        columns.emplace(name, arrow::float64());
    }
    std::erase_if(columns, [&input](const auto& column) {
      return !input.GetAllFieldIndices(column.first).empty();
    });
    return columns;
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
    ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(input, column_, "map"));
    ARROW_ASSIGN_OR_RAISE(RowOutput output, Replacing(input, index));
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
Result<Declared> ReadReturns(lua_State* L) {
  if (!lua_istable(L, -1)) {
    return Error(ErrorKind::kUsage, "map: returns must be a table of columns and their types")
        .Hint("returns = { n = \"int64\" }");
  }
  Declared declared;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_type(L, -1) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, "map: returns: a type is the name of one, not a " +
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
    ARROW_ASSIGN_OR_RAISE(declared[name], ReturnedType(value, "map: returns." + name));
  }
  return declared;
}

std::string LuaFolder(lua_State* L) { return RuntimeOf(L).options().lua_folder; }

}  // namespace

Result<NodePtr> FilterRows(lua_State* L, int function, NodePtr input) {
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "filter"));
  return std::make_shared<FilterNode>(std::move(input), std::move(shipped), LuaFolder(L));
}

Result<NodePtr> MapRows(lua_State* L, int function, int options_index, NodePtr input) {
  Options options(L, options_index, "map");
  Declared declared;
  if (options.Has("returns")) {
    options.PushValue("returns");
    ARROW_ASSIGN_OR_RAISE(declared, ReadReturns(L));
    lua_pop(L, 1);
  }
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(ShippedPtr shipped, ShipFunction(L, function, "map"));
  return std::make_shared<MapRowsNode>(std::move(input), std::move(shipped), LuaFolder(L),
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
