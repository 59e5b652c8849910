--- Writes the reference pages, one per module, as Markdown.

local docs = require "tideway.internal.docs"
local help = require "tideway.internal.help"

local M = {}

local function cell(text)
  return (text:gsub("|", "\\|"):gsub("\n", " "))
end

local function add_table(lines, first, items)
  if #items == 0 then return end
  lines[#lines + 1] = ("| %s | type | meaning |\n|---|---|---|"):format(first)
  for _, item in ipairs(items) do
    local name = item.name and "`" .. item.name .. (item.optional and "?" or "") .. "`" or ""
    lines[#lines + 1] = ("| %s | `%s` | %s |"):format(name, cell(item.type), cell(item.text))
  end
  lines[#lines + 1] = ""
end

local function add_text(lines, summary, body)
  if summary ~= "" then lines[#lines + 1] = summary .. "\n" end
  if body ~= "" then lines[#lines + 1] = body .. "\n" end
end

local function add_function(lines, doc)
  lines[#lines + 1] = ("### `%s`\n"):format(help.signature(doc))
  add_text(lines, doc.summary, doc.body)
  add_table(lines, "parameter", doc.params)
  add_table(lines, "returns", doc.returns)
  add_table(lines, "field", doc.fields)
end

local function add_class(lines, module, class)
  lines[#lines + 1] = ("## %s\n"):format(class.name)
  add_text(lines, class.summary, class.body)
  add_table(lines, "field", class.fields)
  for _, doc in ipairs(docs.functions(module)) do
    if doc.class_name == class.name then add_function(lines, doc) end
  end
end

--- Writes one module's page.
---@param module table from `docs.parse`
---@return string markdown
function M.page(module)
  local lines = { ("# %s\n"):format(module.title) }
  add_text(lines, module.summary, module.body)
  for _, doc in ipairs(docs.functions(module)) do
    if not doc.class_name then add_function(lines, doc) end
  end
  for _, class in ipairs(module.classes) do
    if #class.fields + #class.functions > 0 then add_class(lines, module, class) end
  end
  if #module.aliases > 0 then
    lines[#lines + 1] = "## Types\n"
    for _, alias in ipairs(module.aliases) do
      lines[#lines + 1] = ("- `%s` = `%s` %s"):format(alias.name, alias.type, alias.summary)
    end
    lines[#lines + 1] = ""
  end
  return (table.concat(lines, "\n"):gsub("%s+$", "") .. "\n")
end

--- Writes the page that lists the modules.
---@param modules table[] from `docs.parse`
---@return string markdown
function M.index(modules)
  local lines = { "# Reference\n", "Written from the docstrings in `lua/tideway`; `./dev docs` renews it.\n" }
  lines[#lines + 1] = "| module | |\n|---|---|"
  for _, module in ipairs(modules) do
    lines[#lines + 1] = ("| [`%s`](%s.md) | %s |"):format(module.title, module.name, cell(module.summary))
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
