-- Prepares a new Lua state: strict globals, `require`, and safe loaders. Run once by the runtime,
-- with `native`, the functions of core/binding/environment.cc.
--
-- There are two sets of globals. `_G` is the script's: strict, without ways around the runtime. Our
-- own modules run in `internal`, a copy of the standard one, from which ffi can be required.
local native = ...
local errors = native.open "errors"
local raise, did_you_mean = errors.raise, errors.did_you_mean
local setfenv = setfenv -- scripts lose the global one

local internal = {}
for name, value in pairs(_G) do internal[name] = value end
internal._G = internal

-- LuaJIT 2.1.0-beta3 crashes when memory runs out in a trace that goes on behind a call into C, as in a
-- loop that waits; so no such traces are made.
require("jit.opt").start "minstitch=1000000000"

local standard_require = require
local loaded = {} -- name -> what the module returned
local LOADING = {}

local function keys(...)
  local names = {}
  for _, set in ipairs { ... } do
    for name in pairs(set) do
      if type(name) == "string" then names[#names + 1] = name end
    end
  end
  table.sort(names)
  return names
end

local function run_once(name, find)
  local module = loaded[name]
  if module == LOADING then raise("script", "require: modules require each other: " .. name) end
  if module ~= nil then return module end
  loaded[name] = LOADING
  local ok, result = pcall(find, name)
  loaded[name] = nil
  if not ok then error(result, 0) end
  if result == nil then result = true end
  loaded[name] = result
  return result
end

native.record("tideway.Error", {
  __tostring = function(err) return err.message or "error" end,
  __concat = function(a, b) return tostring(a) .. tostring(b) end,
})

-- our own modules

local function file_of(name)
  if name == "tideway" then return native.lua_folder .. "/tideway/init.lua" end
  return native.lua_folder .. "/" .. name:gsub("%.", "/") .. ".lua"
end

local function unknown_module(name)
  local noun = name:gsub("^tideway%.", "")
  local suggestion = did_you_mean(noun, native.list(native.lua_folder .. "/tideway"))
  raise("not_found", "tideway: no module `" .. noun .. "`" .. suggestion)
end

local function load_own(name)
  local noun = name:match("^tideway%.core%.(.+)$")
  if noun then return native.open(noun) or unknown_module(name) end
  local text = native.read_file(file_of(name)) or unknown_module(name)
  local chunk = native.load(text, "=" .. name)
  setfenv(chunk, internal)
  return chunk(name)
end

local function is_own(name) return name == "tideway" or name:sub(1, 8) == "tideway." end

function internal.require(name)
  if is_own(name) then return run_once(name, load_own) end
  return standard_require(name)
end

-- the script's modules

local ALLOWED = {
  bit = true,
  ["string.buffer"] = true,
  ["table.clear"] = true,
  ["table.new"] = true,
}

local function load_users(name)
  local path = name:gsub("%.", "/") .. ".lua"
  local known = {}
  for _, folder in ipairs(native.script_folders) do
    for _, candidate in ipairs { folder .. "/lib/" .. path, folder .. "/" .. path } do
      local text = native.read_file(candidate)
      if text then
        native.record_module(candidate, text)
        return native.load(text, "@" .. candidate)(name)
      end
    end
    for _, file in ipairs(native.list(folder .. "/lib")) do known[#known + 1] = file end
  end
  raise("not_found", "require: no module `" .. name .. "`" .. did_you_mean(name, known),
    "a script's own modules are lib/*.lua beside it")
end

local function require_for_scripts(name)
  if type(name) ~= "string" then raise("usage", "require: name must be a string") end
  if name:find("^tideway%.core%.") or name:find("^tideway%.internal%.") then
    raise("usage", "require: `" .. name .. "` is not for scripts")
  end
  if is_own(name) then return run_once(name, load_own) end
  if ALLOWED[name] then return standard_require(name) end
  return run_once(name, load_users)
end

-- strict globals

local function undeclared(_, name)
  local tw = loaded.tideway
  local modules = native.list(native.lua_folder .. "/tideway")
  for _, module in ipairs(modules) do
    if module == name then
      raise("script", "undeclared variable `" .. name .. "`; did you mean `tw." .. name .. "`?")
    end
  end
  if tw and rawget(tw, name) ~= nil or name == "tw" or name == "tideway" then
    local hint = 'local tw = require "tideway"'
    local member = (name == "tw" or name == "tideway") and "tw" or "tw." .. name
    raise("script", "undeclared variable `" .. name .. "`; did you mean `" .. member .. "`?", hint)
  end
  raise("script", "undeclared variable `" .. tostring(name) .. "`" ..
    did_you_mean(tostring(name), keys(_G)))
end

local function assigned(_, name)
  raise("script", "assignment to undeclared variable `" .. tostring(name) .. "`",
    "write `local " .. tostring(name) .. "`")
end

-- the script's globals

-- Text only: a mistake in bytecode crashes the process.
local function load_text(text, name, _, environment)
  if type(text) == "function" then
    local parts = {}
    for part in text do parts[#parts + 1] = part end
    text = table.concat(parts)
  end
  local ok, chunk = pcall(native.load, text, name or text)
  if not ok then return nil, chunk end
  return environment and setfenv(chunk, environment) or chunk
end

local function load_file(path)
  local text = native.read_file(path)
  if not text then return nil, errors.to_error("loadfile: no such file: " .. tostring(path)) end
  native.record_module(path, text)
  return load_text(text, "@" .. path)
end

-- Errors caught by a script are always error objects.
local function caught(ok, ...)
  if ok then return ok, ... end
  return false, errors.to_error((...))
end

local standard_pcall, standard_xpcall = pcall, xpcall

local function script_xpcall(f, handler, ...)
  return standard_xpcall(f, function(err) return handler(errors.to_error(err)) end, ...)
end

native.load(native.read_file(native.lua_folder .. "/tideway/internal/guard_stack.lua"),
  "=tideway.internal.guard_stack")(native.check_stack)
_G.print = internal.require("tideway.internal.printer").print
_G.require = require_for_scripts
_G.load, _G.loadstring, _G.loadfile = load_text, load_text, load_file
_G.dofile = function(path) return assert(load_file(path))() end
_G.pcall = function(f, ...) return caught(standard_pcall(f, ...)) end
_G.xpcall = script_xpcall
_G.package, _G.module, _G.newproxy, _G.gcinfo = nil, nil, nil, nil
-- Environments and upvalues of our own functions lead to what scripts are not to reach.
_G.getfenv, _G.setfenv, _G.debug = nil, nil, { traceback = debug.traceback }

local script_os = {}
for name, value in pairs(os) do script_os[name] = value end
script_os.setlocale = nil
script_os.exit = function()
  raise("usage", "os.exit: a script ends by returning or by an error")
end
_G.os = script_os

setmetatable(internal, { __index = undeclared, __newindex = assigned })
setmetatable(_G, { __index = undeclared, __newindex = assigned })

return internal.require
