--- Tells what files of code are: language, licence, and whether they are tests or somebody else's.
---
--- ```lua
--- local files = tw.code.organise(tw.dataset.files("sources"), { languages = { "Python", "C++" } })
--- files:check_code("content", { language = "language" }):write_parquet "out/code.parquet"
--- ```
local col = require("tideway.col").col
local core = require "tideway.core.code"
local errors = require "tideway.core.errors"

local M = {}

--- Languages by suffix or by whole name, with The Stack's names. Scripts may add to it.
---@type table<string, string>
M.languages = {
  [".adb"] = "Ada", [".ads"] = "Ada", [".asm"] = "Assembly", [".s"] = "Assembly", [".S"] = "Assembly",
  [".bash"] = "Shell", [".sh"] = "Shell", [".zsh"] = "Shell", [".bat"] = "Batchfile", [".cmd"] = "Batchfile",
  [".c"] = "C", [".h"] = "C", [".cs"] = "C#", [".cc"] = "C++", [".cpp"] = "C++", [".cxx"] = "C++", [".hh"] = "C++",
  [".hpp"] = "C++", [".hxx"] = "C++", [".inl"] = "C++", [".clj"] = "Clojure", [".cmake"] = "CMake",
  ["CMakeLists.txt"] = "CMake", [".coffee"] = "CoffeeScript", [".css"] = "CSS", [".cu"] = "Cuda", [".d"] = "D",
  [".dart"] = "Dart", ["Dockerfile"] = "Dockerfile", [".ex"] = "Elixir", [".exs"] = "Elixir", [".elm"] = "Elm",
  [".el"] = "Emacs Lisp", [".erl"] = "Erlang", [".hrl"] = "Erlang", [".f"] = "Fortran", [".f90"] = "Fortran",
  [".f95"] = "Fortran", [".fs"] = "F#", [".glsl"] = "GLSL", [".go"] = "Go", [".groovy"] = "Groovy",
  [".hs"] = "Haskell", [".htm"] = "HTML", [".html"] = "HTML", [".java"] = "Java", [".js"] = "JavaScript",
  [".cjs"] = "JavaScript", [".jsx"] = "JavaScript", [".mjs"] = "JavaScript", [".json"] = "JSON", [".jl"] = "Julia",
  [".kt"] = "Kotlin", [".kts"] = "Kotlin", [".lisp"] = "Common Lisp", [".lua"] = "Lua", ["GNUmakefile"] = "Makefile",
  ["Makefile"] = "Makefile", ["makefile"] = "Makefile", [".mk"] = "Makefile", [".markdown"] = "Markdown",
  [".md"] = "Markdown", [".m"] = "Objective-C", [".mm"] = "Objective-C++", [".ml"] = "OCaml", [".mli"] = "OCaml",
  [".pas"] = "Pascal", [".pl"] = "Perl", [".pm"] = "Perl", [".php"] = "PHP", [".ps1"] = "PowerShell",
  [".proto"] = "Protocol Buffer", [".py"] = "Python", [".pyi"] = "Python", [".pyw"] = "Python", [".r"] = "R",
  [".R"] = "R", [".rst"] = "reStructuredText", [".rb"] = "Ruby", ["Rakefile"] = "Ruby", [".rs"] = "Rust",
  [".scala"] = "Scala", [".scm"] = "Scheme", [".scss"] = "SCSS", [".sql"] = "SQL", [".swift"] = "Swift",
  [".tcl"] = "Tcl", [".tex"] = "TeX", [".toml"] = "TOML", [".ts"] = "TypeScript", [".tsx"] = "TypeScript",
  [".v"] = "Verilog", [".sv"] = "SystemVerilog", [".vhd"] = "VHDL", [".vue"] = "Vue", [".xml"] = "XML",
  [".yaml"] = "YAML", [".yml"] = "YAML", [".zig"] = "Zig",
}

--- Parts of paths and what they stand for, the first that fits counts: a part that ends in a slash is a folder at any
--- depth, one with `*` before or behind is what a name ends or begins with, any other is a whole name.
---@type string[][]
M.path_kinds = {
  { "node_modules/", "vendor" }, { "bower_components/", "vendor" }, { "third_party/", "vendor" },
  { "third-party/", "vendor" }, { "3rdparty/", "vendor" }, { "vendor/", "vendor" }, { "vendored/", "vendor" },
  { "external/", "vendor" }, { "site-packages/", "vendor" },
  { "dist/", "build" }, { "build/", "build" }, { "__pycache__/", "build" }, { "*.min.js", "build" },
  { "*.min.css", "build" }, { "*.pb.go", "build" }, { "*_pb2.py", "build" }, { "*.pb.cc", "build" },
  { "*.pb.h", "build" }, { "package-lock.json", "build" }, { "yarn.lock", "build" },
  { "test/", "test" }, { "tests/", "test" }, { "testing/", "test" }, { "testdata/", "test" }, { "__tests__/", "test" },
  { "spec/", "test" }, { "test_*", "test" }, { "*_test.go", "test" }, { "*_test.py", "test" }, { "*_test.cc", "test" },
  { "*_test.cpp", "test" }, { "*Test.java", "test" }, { "*.test.js", "test" }, { "*.test.ts", "test" },
  { "*.spec.js", "test" }, { "*.spec.ts", "test" },
}

--- Phrases and the licences that they are of, by SPDX's names; the first that is there counts.
---@type string[][]
M.license_phrases = {
  { "GNU Affero General Public License", "AGPL-3.0" },
  { "GNU Lesser General Public License as published by the Free Software Foundation; either version 3", "LGPL-3.0" },
  { "GNU Lesser General Public", "LGPL-2.1" }, { "GNU Library General Public", "LGPL-2.0" },
  { "either version 3 of the License, or (at your option)", "GPL-3.0" },
  { "either version 3, or (at your option)", "GPL-3.0" }, { "GNU General Public License version 3", "GPL-3.0" },
  { "either version 2 of the License, or (at your option)", "GPL-2.0" },
  { "either version 2, or (at your option)", "GPL-2.0" }, { "GNU General Public License version 2", "GPL-2.0" },
  { "Licensed under the Apache License, Version 2.0", "Apache-2.0" },
  { "http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0" },
  { "subject to the terms of the Mozilla Public License, v. 2.0", "MPL-2.0" },
  { "Mozilla Public License Version 1.1", "MPL-1.1" },
  { "made available under the terms of the Eclipse Public License 2.0", "EPL-2.0" },
  { "made available under the terms of the Eclipse Public License v1.0", "EPL-1.0" },
  { "Boost Software License, Version 1.0", "BSL-1.0" },
  { "Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT" },
  { "Permission to use, copy, modify, and/or distribute this software for any purpose", "ISC" },
  { "Permission to use, copy, modify, and distribute this software for any purpose", "ISC" },
  { "Neither the name of", "BSD-3-Clause" },
  { "Redistribution and use in source and binary forms", "BSD-2-Clause" },
  { "This is free and unencumbered software released into the public domain", "Unlicense" },
  { "Creative Commons Zero", "CC0-1.0" },
  { "governed by a BSD-style license that can be found in the LICENSE file", "BSD-3-Clause" },
  { "Use of this source code is governed by an MIT-style", "MIT" },
  { "Licensed under the MIT license", "MIT" },
}

local function lists(pairs_of)
  local what, names = {}, {}
  for i, pair in ipairs(pairs_of) do what[i], names[i] = pair[1], pair[2] end
  return what, names
end

--- Returns a function that tells the programming language of a path.
---
--- The whole name counts, then what follows each dot, the longest first; in any case where nothing fits as it is
--- written. Null where nothing does.
---
--- ```lua
--- tw.code.language()("src/main.rs")                  --> Rust
--- tw.code.language { [".nut"] = "Squirrel" }("a.nut") --> Squirrel
--- ```
---@param more? table<string, string> Languages by suffix or name, before those of `tw.code.languages`.
---@return tideway.Kernel language Takes a path, or a column through `map`.
function M.language(more)
  local all, sorted = {}, {}
  for what, language in pairs(M.languages) do all[what] = language end
  for what, language in pairs(more or {}) do all[what] = language end
  for what, language in pairs(all) do sorted[#sorted + 1] = { what, language } end
  table.sort(sorted, function(a, b) return a[1] < b[1] end)
  return core.language(lists(sorted))
end

--- Returns a function that tells what kind of path it is: `vendor`, `build`, `test`, or null.
---
--- ```lua
--- tw.code.path_kind()("web/node_modules/left-pad/index.js")   --> vendor
--- ```
---@param parts? string[][] Instead of `tw.code.path_kinds`.
---@return tideway.Kernel kind Takes a path, or a column through `map`.
function M.path_kind(parts) return core.path_kind(lists(parts or M.path_kinds)) end

---@class tideway.code.LicenseOptions
---@field phrases? string[][] Instead of `tw.code.license_phrases`.
---@field bytes? integer How much of a text is looked at. Default 8192.

--- Returns a function that tells the licence that a file names.
---
--- What stands behind `SPDX-License-Identifier:` is given as it is; else well-known phrases are looked for, with no
--- regard to case, line ends and signs of comments. They tell the family, not each variant: `or any later version` is
--- not told, nor an exception. Null where nothing is found.
---
--- ```lua
--- tw.code.license()("// SPDX-License-Identifier: MIT OR Apache-2.0")   --> MIT OR Apache-2.0
--- ```
---@param options? tideway.code.LicenseOptions
---@return tideway.Kernel license Takes a text, or a column through `map`.
function M.license(options)
  options = options or {}
  local what, names = lists(options.phrases or M.license_phrases)
  return core.license(what, names, options.bytes or 8192)
end

---@class tideway.code.OrganiseOptions
---@field path? string Column of paths. Default `path`.
---@field content? string Column of texts. Default `content`.
---@field languages? string[] Only files of these. Default: of any language that is known.
---@field extensions? table<string, string> More languages, by suffix or name.
---@field max_bytes? integer Larger files are left out. Default 10,000,000.
---@field leave_out? string[] Kinds of paths to leave out. Default `vendor` and `build`; `test` is another.

local ORGANISE = {
  path = true, content = true, languages = true, extensions = true, max_bytes = true, leave_out = true,
}

local function check_known(what, given, known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  for _, name in ipairs(given or {}) do
    if not known[name] then
      errors.raise("usage", ("code.organise: unknown %s `%s`"):format(what, tostring(name))
        .. errors.did_you_mean(tostring(name), names))
    end
  end
end

local function check_names(options)
  local languages, kinds = {}, {}
  for _, language in pairs(M.languages) do languages[language] = true end
  for _, language in pairs(options.extensions or {}) do
    languages[language] = true
  end
  for _, part in ipairs(M.path_kinds) do kinds[part[2]] = true end
  check_known("language", options.languages, languages)
  check_known("kind of path", options.leave_out, kinds)
end

--- Adds the columns `language`, `path_kind` and `license` to files, and leaves out what is no code, too large, or of a
--- kind that is not wanted. The receipt counts what each step left out.
---
--- ```lua
--- local files = tw.code.organise(tw.dataset.files("sources"), { leave_out = { "vendor", "build", "test" } })
--- files:group_by("language", { files = "count" })
--- ```
---@param rows tideway.Dataset With a column of paths and one of texts, such as `tw.dataset.files` gives.
---@param options? tideway.code.OrganiseOptions An unknown option is an error of kind `usage`.
---@return tideway.Dataset
function M.organise(rows, options)
  options = options or {}
  for name in pairs(options) do
    if not ORGANISE[name] then
      errors.raise("usage", ("code.organise: unknown option `%s`"):format(tostring(name)))
    end
  end
  check_names(options)
  local path, content = options.path or "path", options.content or "content"
  rows = rows:with { language = col(path), path_kind = col(path) }
    :map("language", M.language(options.extensions))
    :map("path_kind", M.path_kind())
    :filter { not_null = "language" }
  if options.languages then rows = rows:filter(col("language"):is_in(options.languages)) end
  local unwanted = options.leave_out or { "vendor", "build" }
  if #unwanted > 0 then
    rows = rows:filter(col("path_kind"):is_null():or_(col("path_kind"):is_in(unwanted):not_()))
  end
  return rows:check_code(content, {
    max_bytes = options.max_bytes, nul = false, max_binary = false, max_control = false, minified_line = false,
    max_line = false, mean_line = false, min_alphanumeric = false, generated = false, truncated = false,
  }):with { license = col(content) }:map("license", M.license())
end

return M
