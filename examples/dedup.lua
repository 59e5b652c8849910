-- Near-duplicates: what goes, what it is like, and a split that keeps what is alike on one side.
--
--> kept	a.c c.c
--> b.c	a.c	0.91
--> b.c and a.c in one part	true

local tw = require "tideway"

local function words(first, last)
  local list = {}
  for i = first, last do list[#list + 1] = "word" .. i end
  return table.concat(list, " ")
end

return tw.pipeline {
  name = "dedup",

  run = function()
    local files = tw.dataset.from_rows {
      { path = "a.c", content = words(1, 100) },
      { path = "b.c", content = words(1, 95) .. " changed " .. words(97, 99) },
      { path = "c.c", content = words(200, 300) },
    }
    local found = tw.dedup.near(files, { column = "content", id = "path", threshold = 0.85 })
    local kept = {}
    for row in found.kept:rows() do kept[#kept + 1] = row.path end
    print("kept", table.concat(kept, " "))
    for row in found.removed:rows() do
      print(row.path, row.witness, ("%.2f"):format(row.similarity))
    end

    local parts = tw.dedup.tag(files, { id = "path" })
      :split { train = 0.7, test = 0.3, group = "cluster", seed = 42 }
    local part_of = {}
    for _, name in ipairs(parts) do
      for row in parts[name]:rows() do part_of[row.path] = name end
    end
    print("b.c and a.c in one part", part_of["b.c"] == part_of["a.c"])
  end,
}
