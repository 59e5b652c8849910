--- What the program asks of the docstrings. Each function takes a request with `files`, a list of
--- { name, text } of lua/tideway/*.lua, and gives plain data.

local docs = require "tideway.internal.docs"
local help = require "tideway.internal.help"
local reference = require "tideway.internal.reference"
local stubs = require "tideway.internal.stubs"

local M = {}

--- Gives the help on `request.topic`.
---@param request table
---@return table answer `text`, absent when unknown, and then `names`, all that is known
function M.help(request)
  local modules = docs.parse_all(request.files)
  local text = help.find(modules, request.topic)
  if text then return { text = text } end
  local names = {}
  for _, topic in ipairs(help.topics(modules)) do names[#names + 1] = topic.name end
  return { names = names }
end

--- Lists the modules with their summaries.
---@param request table
---@return table topics
function M.topics(request)
  local modules = {}
  for _, topic in ipairs(help.topics(docs.parse_all(request.files))) do
    if topic.is_module then modules[#modules + 1] = topic end
  end
  return modules
end

--- Writes the reference.
---@param request table
---@return table result `pages` (file name -> Markdown) and `faults`, what the docstrings lack
function M.reference(request)
  local modules = docs.parse_all(request.files)
  local pages, faults = { ["README.md"] = reference.index(modules) }, {}
  for _, module in ipairs(modules) do
    pages[module.name .. ".md"] = reference.page(module)
    for _, fault in ipairs(docs.faults(module)) do faults[#faults + 1] = fault end
  end
  return { pages = pages, faults = faults }
end

--- Writes the editor stubs.
---@param request table
---@return table stubs file name -> Lua
function M.stubs(request)
  local modules = docs.parse_all(request.files)
  local written = {}
  for _, module in ipairs(modules) do
    written[module.name .. ".lua"] = stubs.stub(module, modules)
  end
  return written
end

return M
