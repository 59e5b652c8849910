--- Reads the docstrings of lua/tideway: the one parser behind `tideway help`, `tideway types` and
--- docs/reference.
---
--- A docstring is a run of `---` lines. What stands on the line below it says what it documents:
--- a function, a class's table, or nothing (a class of options, an alias). The first docstring of a
--- file that documents nothing else is the module's own; with `---@private` in it the whole file is
--- internal, with `---@globals` its functions are globals. Plain Lua, no I/O.

local M = {}

-- Splits "fun(a: string, b: integer): boolean  whether it did" into type and text. A type ends at
-- the first space outside brackets that neither follows nor precedes a `|`, nor follows a `:`.
local function split_type(text)
  local depth, quoted = 0, false
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == '"' then quoted = not quoted end
    if not quoted then
      if c:find "[%(<{%[]" then depth = depth + 1 end
      if c:find "[%)>}%]]" then depth = depth - 1 end
      local joined = text:sub(1, i):find "[|:,]%s*$" or text:sub(i):find "^%s*|"
      if c == " " and depth == 0 and not joined then
        return text:sub(1, i - 1), (text:sub(i):gsub("^%s+", ""))
      end
    end
  end
  return text, ""
end

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- Tags by name: each gets the docstring so far and the rest of its line.
local tags = {}

function tags.param(doc, rest)
  local name, optional, after = rest:match "^([%w_%.]+)(%??)%s+(.*)$"
  if not name then return end
  local type, text = split_type(after)
  local item = { name = name, optional = optional == "?", type = type, text = text }
  doc.params[#doc.params + 1] = item
  return item
end

tags["return"] = function(doc, rest)
  local type, after = split_type(rest)
  local name, text = after:match "^([%w_]+)%s*#?%s*(.*)$"
  local item = { type = type, name = name, text = after }
  -- LuaCATS: "type name text"; a text without a name is written after "#".
  if after:sub(1, 1) == "#" then
    item.name, item.text = nil, trim(after:sub(2))
  elseif name then
    item.text = text
  end
  doc.returns[#doc.returns + 1] = item
  return item
end

function tags.class(doc, rest)
  local name, parent = rest:match "^%(?[%w%s]-%)?%s*([%w_%.]+)%s*:?%s*(.-)%s*$"
  doc.class = { name = name, parent = parent ~= "" and parent or nil }
end

function tags.field(doc, rest)
  local visibility, field = rest:match "^(%l+)%s+([%w_%[%]%.]+%??%s+.*)$"
  if visibility == "private" or visibility == "protected" or visibility == "package" then return end
  if visibility == "public" then rest = field end
  local name, optional, after = rest:match "^([%w_%[%]%.]+)(%??)%s+(.*)$"
  if not name then return end
  local type, text = split_type(after)
  local item = { name = name, optional = optional == "?", type = type, text = text }
  doc.fields[#doc.fields + 1] = item
  return item
end

function tags.alias(doc, rest)
  local name, type = rest:match "^([%w_%.]+)%s*(.*)$"
  doc.alias = { name = name, type = type }
end

function tags.private(doc)
  doc.private = true
end

function tags.globals(doc)
  doc.globals = true
end

function tags.overload(doc, rest)
  doc.overload = rest
end

function tags.operator(doc, rest)
  doc.operators[#doc.operators + 1] = rest
end

local function new_doc(line)
  return { line = line, lines = {}, raw = {}, params = {}, returns = {}, fields = {},
           operators = {} }
end

-- Adds one `---` line. Text below a tag continues the tag's own text.
local function add_line(doc, line)
  doc.raw[#doc.raw + 1] = line
  local tag, rest = line:match "^%-%-%-%s*@(%w+)%s*(.*)$"
  if tag then
    doc.open = tags[tag] and tags[tag](doc, trim(rest)) or { text = "" }
    return
  end
  local text = line:match "^%-%-%-|?%s?(.*)$"
  if doc.open and trim(text) ~= "" then
    doc.open.text = trim(doc.open.text .. " " .. trim(text))
  else
    doc.open = nil
    doc.lines[#doc.lines + 1] = text
  end
end

-- Sets summary (the first sentence's paragraph) and body (the rest) from the text lines.
local function finish(doc)
  local text = trim(table.concat(doc.lines, "\n"))
  local head, rest = text:match "^(.-)\n%s*\n(.*)$"
  doc.summary = (head or text):gsub("\n", " ")
  doc.body = rest or ""
  doc.lines, doc.open = nil, nil
  return doc
end

-- What the code line below a docstring defines: "function", owner, separator, name, arguments; or
-- "table", variable.
local function definition(line)
  local owner, separator, name, arguments = line:match "^function%s+([%w_]+)([%.:])([%w_]+)%s*(%b())"
  if owner then return "function", owner, separator, name, arguments end
  owner, name, arguments = line:match "^([%w_]+)%.([%w_]+)%s*=%s*function%s*(%b())"
  if owner then return "function", owner, ".", name, arguments end
  owner, name = line:match "^([%w_]+)%.([%w_]+)%s*="
  if owner then return "value", owner, ".", name end
  local variable = line:match "^local%s+([%w_]+)%s*="
  if variable then return "table", variable end
  name, arguments = line:match "^local%s+function%s+([%w_]+)%s*(%b())"
  if name then return "local", name, nil, name, arguments end
end

local function class_of(module, doc)
  local class = module.class_by_name[doc.class.name]
  if not class then
    class = { name = doc.class.name, parent = doc.class.parent, fields = {}, functions = {} }
    class.summary, class.body, class.line = doc.summary, doc.body, doc.line
    class.operators = doc.operators
    module.class_by_name[class.name] = class
    module.classes[#module.classes + 1] = class
  end
  for _, field in ipairs(doc.fields) do class.fields[#class.fields + 1] = field end
  return class
end

local function add_function(module, doc, kind, owner, separator, name, arguments)
  doc.kind, doc.owner, doc.separator, doc.name = kind, owner, separator, name
  doc.arguments = arguments or ""
  module.found[#module.found + 1] = doc
end

-- Files one finished docstring, or an undocumented public function (no docstring, no text).
local function file_doc(module, doc, code)
  local kind, owner, separator, name, arguments = definition(code)
  if kind == "value" then
    add_function(module, doc, kind, owner, separator, name, arguments)
  elseif doc.class then
    local class = class_of(module, doc)
    if kind == "table" then module.class_by_variable[owner] = class end
  elseif doc.alias then
    module.aliases[#module.aliases + 1] =
      { name = doc.alias.name, type = doc.alias.type, summary = doc.summary }
  elseif kind == "function" or kind == "local" then
    add_function(module, doc, kind, owner, separator, name, arguments)
  elseif not module.summary and #module.found == 0 then
    module.summary, module.body, module.private = doc.summary, doc.body, doc.private
    module.globals = doc.globals
  end
end

-- Gives each found function to the module or to its class. `returned` is the module's own table, or
-- its one function.
local function place_functions(module, returned)
  for _, doc in ipairs(module.found) do
    local class = module.class_by_variable[doc.owner]
    if doc.kind == "local" then
      if doc.owner == returned then
        doc.name, doc.full = module.name, module.title
        module.functions[#module.functions + 1] = doc
      end
    elseif doc.owner == returned then
      doc.full = module.globals and doc.name or module.title .. "." .. doc.name
      module.functions[#module.functions + 1] = doc
    elseif class then
      doc.full = class.name:gsub("^tideway%.", "") .. doc.separator .. doc.name
      doc.class_name = class.name
      class.functions[#class.functions + 1] = doc
    end
  end
  module.found = nil
end

--- Parses one file of lua/tideway.
---@param name string "text" for lua/tideway/text.lua; "init" for the package itself
---@param text string the file's text
---@return table module name, title ("tw.text"), summary, body, functions, classes, aliases
function M.parse(name, text)
  local module = {
    name = name,
    title = name == "init" and "tw" or "tw." .. name,
    functions = {}, classes = {}, aliases = {},
    class_by_name = {}, class_by_variable = {}, found = {},
  }
  local doc, number = nil, 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    if line:find "^%-%-%-" and not line:find "^%-%-%-%-" then
      doc = doc or new_doc(number)
      add_line(doc, line)
    elseif doc then
      file_doc(module, finish(doc), line)
      doc = nil
    elseif definition(line) == "function" then
      file_doc(module, finish(new_doc(number)), line)
    end
  end
  if doc then file_doc(module, finish(doc), "") end
  local returned = text:match "\nreturn%s+([%w_]+)%s*$"
    or text:match "\nreturn%s+setmetatable%s*%(%s*([%w_]+)"
  place_functions(module, returned)
  module.summary, module.body = module.summary or "", module.body or ""
  return module
end

-- Functions that stand on `tw` itself, from the table in init.lua: "tw.all" for tasks.all.
local function hoist(modules, init_text)
  local names = {}
  local list = init_text:match "FUNCTIONS%s*=%s*(%b{})" or ""
  for name, home in list:gmatch '([%w_]+)%s*=%s*"([%w_]+)"' do names[home .. "." .. name] = name end
  for _, module in ipairs(modules) do
    for _, doc in ipairs(module.functions) do
      local name = names[module.name .. "." .. doc.name]
      if name then doc.full, doc.hoisted = "tw." .. name, name end
    end
  end
end

--- Parses every file of lua/tideway.
---@param files table[] each with name ("text") and text
---@return table[] modules those a script can reach, sorted by name, `init` first
function M.parse_all(files)
  local modules = {}
  local init_text = ""
  for _, file in ipairs(files) do
    local module = M.parse(file.name, file.text)
    if file.name == "init" then init_text = file.text end
    if not module.private then modules[#modules + 1] = module end
  end
  hoist(modules, init_text)
  table.sort(modules, function(a, b)
    if (a.name == "init") ~= (b.name == "init") then return a.name == "init" end
    return a.name < b.name
  end)
  return modules
end

local function is_public(doc)
  return not doc.private and not doc.name:find "^_"
end

--- Gives the public functions of a module, its classes' methods after its own.
---@param module table from `parse`
---@return table functions a list
function M.functions(module)
  local all = {}
  for _, doc in ipairs(module.functions) do
    if is_public(doc) then all[#all + 1] = doc end
  end
  for _, class in ipairs(module.classes) do
    for _, doc in ipairs(class.functions) do
      if is_public(doc) then all[#all + 1] = doc end
    end
  end
  return all
end

-- The parameter names in a function's code, without self.
local function argument_names(doc)
  local names = {}
  for name in doc.arguments:gmatch "[%w_%.]+" do
    if name ~= "self" then names[#names + 1] = name end
  end
  return names
end

local function check_function(doc, say)
  if doc.summary:find "^The " then say(doc, "starts with `The`; say what it does") end
  local documented = {}
  for _, param in ipairs(doc.params) do documented[param.name] = true end
  for _, name in ipairs(argument_names(doc)) do
    if not documented[name] then say(doc, "parameter `" .. name .. "` lacks a ---@param") end
  end
end

--- Lists what a module's docstrings lack.
---@param module table from `parse`
---@return string[] faults "text.lua:12: tw.text.clean: lacks a docstring"; empty when complete
function M.faults(module)
  local faults = {}
  local function say(doc, what)
    faults[#faults + 1] = ("%s.lua:%d: %s: %s"):format(module.name, doc.line, doc.full, what)
  end
  if module.summary == "" then
    say({ line = 1, full = module.title }, "lacks a docstring for the module")
  end
  for _, doc in ipairs(M.functions(module)) do
    if doc.summary == "" then
      say(doc, "lacks a docstring")
    else
      if doc.kind ~= "value" then check_function(doc, say) end
    end
  end
  return faults
end

return M
