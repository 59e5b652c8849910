--- Help on modules, classes and functions as plain text, from their docstrings.

local docs = require "tideway.internal.docs"

local M = {}

local function add(lines, text)
  lines[#lines + 1] = text
end

local function add_indented(lines, text, indent)
  for line in (text .. "\n"):gmatch "(.-)\n" do
    add(lines, line == "" and "" or indent .. line)
  end
end

--- Writes how a function is called: "tw.text.clean(options) -> tideway.Kernel".
---@param doc table a function from `docs.parse`
---@return string text
function M.signature(doc)
  if doc.class and doc.overload then
    local arguments, result = doc.overload:match "^fun(%b()):?%s*(.*)$"
    return ("%s%s -> %s"):format(doc.full, arguments:gsub(":%s*[^,%)]+", ""), result)
  end
  if doc.kind == "value" then return doc.full end
  local names = {}
  local optional = {}
  for _, param in ipairs(doc.params) do optional[param.name] = param.optional end
  for name in doc.arguments:gmatch "[%w_%.]+" do
    if name ~= "self" then names[#names + 1] = optional[name] and name .. "?" or name end
  end
  local returns = {}
  for _, item in ipairs(doc.returns) do returns[#returns + 1] = item.type end
  local arrow = #returns > 0 and " -> " .. table.concat(returns, ", ") or ""
  return ("%s(%s)%s"):format(doc.full, table.concat(names, ", "), arrow)
end

local function add_items(lines, title, items)
  if #items == 0 then return end
  add(lines, "")
  add(lines, title .. ":")
  for _, item in ipairs(items) do
    local name = (item.name or "") .. (item.optional and "?" or "")
    local label = name == "" and item.type or name .. "  " .. item.type
    add(lines, "  " .. label)
    if item.text ~= "" then add_indented(lines, item.text, "      ") end
  end
end

-- The class with this name in any module, or nil.
local function find_class(modules, name)
  for _, module in ipairs(modules) do
    if module.class_by_name[name] then return module.class_by_name[name] end
  end
end

-- The fields of the classes that parameters take: an options table explained where it is used.
local function add_options(lines, modules, doc)
  for _, param in ipairs(doc.params) do
    for name in param.type:gmatch "[%w_%.]+" do
      local class = find_class(modules, name)
      if class and #class.fields > 0 and #class.functions == 0 then
        add_items(lines, "Fields of " .. param.name .. " (" .. name .. ")", class.fields)
      end
    end
  end
end

local function function_help(modules, doc)
  local lines = { M.signature(doc), "" }
  add(lines, doc.summary)
  if doc.body ~= "" then
    add(lines, "")
    add_indented(lines, doc.body, "")
  end
  add_items(lines, "Parameters", doc.params)
  add_options(lines, modules, doc)
  add_items(lines, "Returns", doc.returns)
  add_items(lines, "Fields", doc.fields)
  return table.concat(lines, "\n") .. "\n"
end

local function module_help(module)
  local lines = { module.title .. ": " .. module.summary }
  if module.body ~= "" then
    add(lines, "")
    add_indented(lines, module.body, "")
  end
  add(lines, "")
  for _, doc in ipairs(docs.functions(module)) do
    add(lines, "  " .. M.signature(doc))
    add_indented(lines, doc.summary, "      ")
  end
  return table.concat(lines, "\n") .. "\n"
end

local function class_help(module, class)
  local lines = { class.name .. ": " .. class.summary }
  if class.body ~= "" then
    add(lines, "")
    add_indented(lines, class.body, "")
  end
  add_items(lines, "Fields", class.fields)
  for _, doc in ipairs(docs.functions(module)) do
    if doc.class_name == class.name then
      add(lines, "")
      add(lines, "  " .. M.signature(doc))
      add_indented(lines, doc.summary, "      ")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Every name that `find` knows, as in "text.clean" and "dataset.map".
local function names_of(module, doc)
  local short = doc.full:gsub("^tw%.", "")
  return { short, module.name .. "." .. doc.name, doc.full, (short:gsub(":", ".")) }
end

--- Gives the help on `topic`.
---@param modules table[] from `docs.parse`
---@param topic string "text", "text.clean", "tw.text.clean", "clean", "Dataset:map", "tideway.Dataset"
---@return string? text nil when nothing has that name
function M.find(modules, topic)
  local wanted = topic:lower()
  local bare = wanted:gsub("^tw%.", "")
  for _, module in ipairs(modules) do
    if module.name == bare or module.title == wanted then return module_help(module) end
  end
  for _, module in ipairs(modules) do
    for _, class in ipairs(module.classes) do
      local name = class.name:lower()
      if name == wanted or name == "tideway." .. wanted then return class_help(module, class) end
    end
  end
  local namesakes = {}
  for _, module in ipairs(modules) do
    for _, doc in ipairs(docs.functions(module)) do
      for _, name in ipairs(names_of(module, doc)) do
        if name:lower() == bare or name:lower() == wanted then return function_help(modules, doc) end
      end
      if doc.name:lower() == bare then namesakes[#namesakes + 1] = function_help(modules, doc) end
    end
  end
  if #namesakes > 0 then return table.concat(namesakes, "\n") end
end

--- Lists every topic that `find` knows: modules with their summaries, and functions.
---@param modules table[] from `docs.parse`
---@return table[] topics each with name and summary
function M.topics(modules)
  local topics = {}
  for _, module in ipairs(modules) do
    topics[#topics + 1] = { name = module.name, summary = module.summary, is_module = true }
    for _, doc in ipairs(docs.functions(module)) do
      local names = names_of(module, doc)
      local name = names[1]:find ":" and names[2] or names[1]
      topics[#topics + 1] = { name = name, summary = doc.summary }
    end
  end
  return topics
end

return M
