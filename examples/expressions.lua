-- Conditions and new columns from expressions, which native code computes: tw.col.
--
--> 4	great phone	positive	10.00
--> 5	good value for the price	positive	4.50
--> 2 rows
--> filter: cannot compare `stars` (int64) with "4" (string)

local tw = require "tideway"
local col = tw.col

return tw.pipeline {
  name = "expressions",

  run = function()
    local reviews = tw.dataset.from_rows {
      { stars = "4", text = " Great phone ",           cents = 1000 },
      { stars = "1", text = "Broke after two days",    cents = 2500 },
      { stars = "5", text = "Good value for the price", cents = 450 },
      { stars = "5", text = "ok",                      cents = 450 },
      { stars = "5", text = tw.null,                   cents = 450 },
    }

    local good = reviews
      :cast { stars = "int64" }
      :filter(col("stars"):ge(4):and_(col("text"):length():gt(5)))
      :with {
        text      = col("text"):trim():lower(),
        sentiment = "positive",
        price     = col("cents") / 100,
      }
    for row in good:rows() do
      print(row.stars, row.text, row.sentiment, ("%.2f"):format(row.price))
    end
    print(good:count() .. " rows")

    -- Types are checked before anything runs.
    local _, problem = pcall(function() return good:filter(col("stars"):eq("4")):columns() end)
    print(problem.message)
  end,
}
