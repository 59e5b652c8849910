--- Writes LuaCATS stubs, so that an editor knows `require "tideway"` in a project.

local docs = require "tideway.internal.docs"

local M = {}

-- `owner`: the variable that holds the function; nil for a global.
local function add_function(lines, owner, doc, name)
  for _, line in ipairs(doc.raw) do lines[#lines + 1] = line end
  local full = owner and owner .. (doc.separator or ".") .. name or name
  if doc.kind == "value" then
    lines[#lines + 1] = ("%s = %s\n"):format(full, doc.class and "{}" or "nil")
  else
    lines[#lines + 1] = ("function %s%s end\n"):format(full, doc.arguments)
  end
end

local function add_class(lines, module, class)
  lines[#lines + 1] = "---@class " .. class.name .. (class.parent and " : " .. class.parent or "")
  for _, field in ipairs(class.fields) do
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(field.name, field.optional and "?" or "",
                                                       field.type, field.text)
  end
  for _, operator in ipairs(class.operators) do
    lines[#lines + 1] = "---@operator " .. operator
  end
  local owner = class.name:match "([%w_]+)$"
  lines[#lines + 1] = #class.functions > 0 and ("local %s = {}\n"):format(owner) or ""
  for _, doc in ipairs(docs.functions(module)) do
    if doc.class_name == class.name then add_function(lines, owner, doc, doc.name) end
  end
end

-- The package's own class: a field for each module, and the functions that stand on `tw` itself.
local function add_package(lines, modules)
  lines[#lines + 1] = "---@class tideway"
  for _, module in ipairs(modules) do
    if module.name ~= "init" and not module.globals then
      lines[#lines + 1] = ("---@field %s tideway.module.%s"):format(module.name, module.name)
    end
  end
  lines[#lines + 1] = "local M = {}\n"
  for _, module in ipairs(modules) do
    for _, doc in ipairs(module.functions) do
      if doc.hoisted then add_function(lines, "M", doc, doc.hoisted) end
    end
  end
end

local function add_module(lines, module)
  lines[#lines + 1] = "---@class tideway.module." .. module.name
  lines[#lines + 1] = "local M = {}\n"
  for _, doc in ipairs(docs.functions(module)) do
    if not doc.class_name and doc.kind ~= "local" then
      add_function(lines, not module.globals and "M" or nil, doc, doc.name)
    end
  end
end

--- Writes the stub of one module.
---@param module table from `docs.parse`
---@param modules table[] every module, for the stub of `init`
---@return string lua
function M.stub(module, modules)
  local is_package = module.name == "init"
  local lines = { "---@meta " .. (is_package and "tideway" or "tideway." .. module.name), "" }
  for _, alias in ipairs(module.aliases) do
    lines[#lines + 1] = ("---@alias %s %s\n"):format(alias.name, alias.type)
  end
  for _, class in ipairs(module.classes) do
    if class.name ~= "tideway" then add_class(lines, module, class) end
  end
  if is_package then add_package(lines, modules) else add_module(lines, module) end
  lines[#lines + 1] = "return M"
  return table.concat(lines, "\n") .. "\n"
end

return M
