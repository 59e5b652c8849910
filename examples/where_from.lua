-- An output of which `tideway why` can tell where each row came from.
--
--> reviews.csv	2

local tw = require "tideway"

return tw.pipeline {
  name = "where_from",
  run = function()
    local users = tw.dataset.from_rows { { user = 1, country = "FR" }, { user = 2, country = "DE" } }
    local reviews = tw.dataset.from_rows {
      { user = 1, text = " Fine." },
      { user = 2, text = "Would not buy it again." },
      { user = 1, text = "Better than the last one." },
    }
    local files = reviews
      :map("text", tw.text.clean { whitespace = true })
      :filter(tw.col "text":length():gt(10))
      :join(users, { on = "user" })
      :sort("country")
      :write_csv("out/reviews.csv")
    for _, file in ipairs(files) do print(file.name, file.rows) end
  end,
}
