-- What `tideway check` takes for written: nothing is, but a script may look at what was, and read it back.
local core_path = require "tideway.core.path"

local M = {}

local rows_at, texts_at = {}, {}

-- Takes `rows` for written to `path`.
function M.keep(path, rows)
  if core_path.pretends() then rows_at[path] = rows end
end

-- The rows that would have been written to `paths`, or nil.
function M.rows(paths) return core_path.pretends() and rows_at[paths] or nil end

-- Whether a text was only taken for written.
function M.write(path, text)
  if not core_path.pretends() then return false end
  texts_at[path] = text
  return true
end

-- The text that would have been written to `path`, or nil.
function M.read(path) return texts_at[path] end

return M
