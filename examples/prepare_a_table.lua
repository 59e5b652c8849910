-- A table made ready in one chain: read, filter, add a column, drop repeats, sort, write.
--
--> people.parquet	3 of 7 rows
--> ana@example.com	Oslo	41
--> bo@example.com	Rome	29
--> cy@example.com	Oslo	35

local tw = require "tideway"
local col = tw.col

return tw.pipeline {
  name = "prepare_a_table",

  run = function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    local file = assert(io.open(folder .. "/people.csv", "w"))
    file:write "email,city,age\nBo@example.com,Rome,29\nana@example.com,Oslo,41\n"
    file:write "cy@example.com,Oslo,35\ncy@example.com, Oslo ,35\ndi@example.com,Oslo,?\n"
    file:write "eve@example.com\nfay@example.com,Rome,12\n"
    file:close()
    local input, output = folder .. "/people.csv", folder .. "/people.parquet"

    local people = tw.dataset.csv(input, { types = { age = "int64" }, on_error = "drop" })
      :filter(col "age":ge(18))
      :with { email = col "email":lower(), city = col "city":trim() }
      :distinct("email", "city")
      :sort("email")
    local files = people:write_parquet(output)

    for _, written in ipairs(files) do
      print(written.name, written.rows .. " of 7 rows")
      for row in tw.dataset.parquet(output):rows() do print(row.email, row.city, row.age) end
    end
    os.execute("rm -r " .. folder)
  end,
}
