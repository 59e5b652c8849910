-- Rows in order, and out of it.
--
--> 3	c	5
--> 1	a	4
--> 4	b	4
--> 2	b	nil
--> shuffled	1 3 4 2

local tw = require "tideway"

return tw.pipeline {
  name = "sort",

  run = function()
    local reviews = tw.dataset.from_rows {
      { id = 1, user = "a", stars = 4 },
      { id = 2, user = "b", stars = tw.null },
      { id = 3, user = "c", stars = 5 },
      { id = 4, user = "b", stars = 4 },
    }
    local best_first = reviews:sort({ "stars", "user" }, { descending = { "stars" } })
    for row in best_first:rows() do
      print(row.id, row.user, row.stars ~= tw.null and row.stars or nil)
    end

    local order = {}
    for row in reviews:shuffle({ seed = 42 }):rows() do order[#order + 1] = row.id end
    print("shuffled", table.concat(order, " "))
  end,
}
