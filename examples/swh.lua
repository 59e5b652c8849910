-- Names and contents of the Software Heritage archive, without asking it.
--
--> swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a
--> swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a;origin=https://github.com/acme/tools;path=/say%3Bhello.txt
--> /say;hello.txt
--> data	swh: no 40 lower-case hex digits: `12345`
--> café	0
--> caf�	1
--> 2 of 3 are there

local tw = require "tideway"

return tw.pipeline {
  name = "swh",

  run = function()
    print(tw.swh.id_of "hello\n")

    local row = {
      content_id = "ce013625030ba8dba906f756967f9e9ca394464a", repo_name = "acme/tools", path = "/say;hello.txt",
    }
    local id = tw.swh.id(row)
    print(id)
    print(tw.swh.parse(id).qualifiers.path)

    local _, problem = pcall(tw.swh.parse, "swh:1:cnt:12345")
    print(problem.kind, problem.message)

    print(tw.swh.decode("caf\xe9", "latin-1"))
    print(tw.swh.decode("caf\xe9", "utf-8", "replace"))

    -- A manifest as `tw.swh.fetch` writes it.
    local folder = tw.path.scratch("stack")
    tw.path.make_folders(folder)
    tw.path.write(tw.path.join(folder, "Lua_manifest.jsonl"), [[
{"blob_id": "f572d396fae9206628714fb2ce00f72e94f2258f", "state": "fetched", "file": "raw/Lua/f5/f572.lua"}
{"blob_id": "da39a3ee5e6b4b0d3255bfef95601890afd80709", "state": "fetched", "file": "raw/Lua/da/da39.lua"}
{"blob_id": "3f786850e387550fdab836ed7e6dc881de23001b", "state": "missing", "file": null}
]])
    local noted = tw.dataset.jsonl(tw.path.join(folder, "Lua_manifest.jsonl"))
    local fetched = noted:filter(tw.col "state":eq "fetched")
    print(("%d of %d are there"):format(fetched:count(), noted:count()))
  end,
}
