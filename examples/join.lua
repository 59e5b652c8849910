-- Two datasets side by side: the name of who wrote each review, and the reviews that a test set has too.
--
--> 1	fine	Ada
--> 2	poor	null
--> not in the test set	1

local tw = require "tideway"

return tw.pipeline {
  name = "join",

  run = function()
    local reviews = tw.dataset.from_rows { { id = 1, user = 7, text = "fine" }, { id = 2, user = 8, text = "poor" } }
    local users = tw.dataset.from_rows { { id = 7, name = "Ada" } }
    local test = tw.dataset.from_rows { { text = "poor" } }

    local named = reviews:join(users, { on = { user = "id" }, how = "left", validate = "m:1" })
    for row in named:rows() do
      print(row.id, row.text, row.name)
    end
    for row in reviews:join(test, { on = "text", how = "anti" }):rows() do
      print("not in the test set", row.id)
    end
  end,
}
