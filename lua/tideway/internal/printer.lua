--- What `print` is for scripts: to standard output, or beside it where that holds JSON or a plan.
local M = { stream = io.stdout }

--- Prints values as the standard `print` does.
---@param ... any
function M.print(...)
  local texts = {}
  for i = 1, select("#", ...) do texts[i] = tostring((select(i, ...))) end
  M.stream:write(table.concat(texts, "\t"), "\n")
end

return M
