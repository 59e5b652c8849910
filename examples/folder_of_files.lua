-- The files of a folder as rows: their paths, sizes and contents.
--
--> 3 files, 19 bytes
--> letters/b.txt	8	thank u!
--> notes.txt	6	so so

local tw = require "tideway"

return tw.pipeline {
  name = "folder_of_files",

  run = function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -p " .. folder .. "/letters")
    for path, text in pairs {
      ["letters/a.md"] = "# hi\n", ["letters/b.txt"] = "thank u!", ["notes.txt"] = "so so\n",
    } do
      local file = assert(io.open(folder .. "/" .. path, "w"))
      file:write(text)
      file:close()
    end

    local files = tw.dataset.files(folder)
    local bytes = 0
    for row in files:select("size"):rows() do bytes = bytes + row.size end -- reads no file
    print(("%d files, %d bytes"):format(files:count(), bytes))

    local texts = files:filter(function(row) return row.path:find "%.txt$" end)
    for row in texts:rows() do print(row.path, row.size, (row.content:gsub("\n", ""))) end
    os.execute("rm -r " .. folder)
  end,
}
