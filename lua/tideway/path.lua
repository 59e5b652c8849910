--- Paths, and small files beside the data.
local core = require "tideway.core.path"
local errors = require "tideway.core.errors"
local pretended = require "tideway.internal.pretended"

local M = {}

local scratch -- the folder of scratch files, once there was one

--- Joins parts with one slash between them. An absolute part starts anew.
---@param ... string
---@return string
function M.join(...)
  local path = ""
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    if type(part) ~= "string" then
      errors.raise("usage", "path.join: argument " .. i .. " must be a string, not " .. type(part))
    end
    if path == "" or part:sub(1, 1) == "/" then
      path = part
    elseif part ~= "" then
      path = path:gsub("/+$", "") .. "/" .. part
    end
  end
  return path
end

--- Gives all before the last slash: `dirname "a/b.lua"` is `a`; of `b.lua` it is `.`.
---@param path string
---@return string
function M.dirname(path)
  local trimmed = #path > 1 and path:gsub("/+$", "") or path
  local folder = trimmed:match "^(.*)/[^/]*$"
  if not folder then return trimmed == "" and path ~= "" and "/" or "." end
  return folder == "" and "/" or (folder:gsub("(.)/+$", "%1"))
end

--- Gives what follows the last slash.
---@param path string
---@return string
function M.basename(path) return path:gsub("/+$", ""):match "[^/]*$" end

--- Gives the basename's ending with its dot (`.lua`), or an empty text.
---@param path string
---@return string
function M.extension(path) return M.basename(path):match "^.+(%.[^.]*)$" or "" end

--- Gives the basename without its extension.
---@param path string
---@return string
function M.stem(path)
  local name = M.basename(path)
  return name:sub(1, #name - #M.extension(name))
end

--- Takes out `.`, `..` and doubled slashes, by the text alone.
---@param path string
---@return string
function M.normalize(path) return core.normalize(path) end

--- Gives the path from the root, normalised. The file need not exist.
---@param path string
---@return string
function M.absolute(path) return core.normalize(M.join(core.cwd(), path)) end

--- Gives the current folder.
---@return string
function M.cwd() return core.cwd() end

--- Tells whether there is a file or folder of that name.
---@param path string
---@return boolean
function M.exists(path) return core.exists(path) end

--- Tells whether the path is a folder.
---@param path string
---@return boolean
function M.is_folder(path) return core.is_folder(path) end

--- Gives the names in a folder, sorted.
---@param folder string
---@return string[]
function M.list(folder) return core.list(folder) end

--- Reads a whole file. Raises an error of kind not_found or io.
---@param path string
---@return string
function M.read(path) return pretended.read(path) or core.read(path) end

--- Writes a whole file: readers see the old content or the new one, never half. `tideway check` writes scratch files
--- only; of others it gives the text to who reads them.
---@param path string
---@param text string
function M.write(path, text)
  local is_text = type(path) == "string" and type(text) == "string"
  local is_scratch = is_text and scratch and path:sub(1, #scratch) == scratch
  if is_scratch or not is_text or not pretended.write(path, text) then core.write(path, text) end
end

--- Creates a folder and its parents; it may exist already.
---@param folder string
function M.make_folders(folder) core.make_folders(folder) end

--- Gives a new path in the run's scratch folder, which goes with all in it when the run ends.
---@param name? string What the path's last part begins with. Default "script".
---@return string
function M.scratch(name)
  local path = core.scratch(name)
  scratch = M.dirname(path) .. "/"
  return path
end

return M
