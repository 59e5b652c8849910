--- The program's log: lines on stderr and in the run's file, with secrets redacted.
---
--- `LOG_LEVEL`, `-v` and `-q` decide which lines stderr shows; the file has all from debug on.
--- `tideway check`, which takes every number of rows for a billion, shows them with `-v` only.
local core = require "tideway.core.log"

local M = {}

local listener

local function write(level, text, ...)
  if not core.enabled(level) and not listener then return end
  if select("#", ...) > 0 then text = text:format(...) end
  if listener then return listener(tostring(text)) end
  core.line(level, tostring(text))
end

--- Gives every line of scripts, of any level, to `fn` instead, until it is called with nil.
---@param fn fun(text: string)?
---@private
function M.listen(fn) listener = fn end

--- Writes a line that matters only when searching for a fault.
---@param text string With `...`, a format as of `string.format`.
---@param ... any
function M.debug(text, ...) write("debug", text, ...) end

--- Writes a line on the normal course of things.
---@param text string With `...`, a format as of `string.format`.
---@param ... any
function M.info(text, ...) write("info", text, ...) end

--- Writes a line on something that may need a look, while the run goes on.
---@param text string With `...`, a format as of `string.format`.
---@param ... any
function M.warn(text, ...) write("warn", text, ...) end

--- Writes a line on a failure. To stop the run, raise an error instead.
---@param text string With `...`, a format as of `string.format`.
---@param ... any
function M.error(text, ...) write("error", text, ...) end

return M
