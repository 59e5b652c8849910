-- Arrow files, as pyarrow, pandas (Feather), polars and datasets write and read them.
--
--> reviews.feather	3 rows
--> 2	fine	[]
--> 3	good	["new","blue"]

local tw = require "tideway"

return tw.pipeline {
  name = "arrow",

  run = function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    local reviews = tw.dataset.from_rows {
      { id = 1, text = tw.null, tags = { "old" } },
      { id = 2, text = "fine", tags = {} },
      { id = 3, text = "good", tags = { "new", "blue" } },
    }
    local files = reviews:write_arrow(folder .. "/reviews.feather", { compression = "zstd" })
    for _, file in ipairs(files) do
      print(file.name, file.rows .. " rows")
      local with_text = tw.dataset.arrow(folder .. "/" .. file.name):filter { not_null = "text" }
      for row in with_text:rows() do print(row.id, row.text, tw.json.encode(row.tags)) end
    end
    os.execute("rm -r " .. folder)
  end,
}
