-- Each row once: the first of those that are equal in some columns.
--
--> 1	a	good
--> 2	b	bad
--> rows that are equal in all columns	3

local tw = require "tideway"

return tw.pipeline {
  name = "distinct",

  run = function()
    local reviews = tw.dataset.from_rows {
      { id = 1, user = "a", text = "good" },
      { id = 2, user = "b", text = "bad" },
      { id = 3, user = "a", text = "better" },
      { id = 2, user = "b", text = "bad" },
    }
    for row in reviews:distinct("user"):rows() do
      print(row.id, row.user, row.text)
    end
    print("rows that are equal in all columns", reviews:distinct():count())
  end,
}
