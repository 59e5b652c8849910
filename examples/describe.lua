-- What is in the columns, at a glance.
--
--> 4 rows × 2 columns
-->
--> column  type    nulls  distinct    min   mean     max  histogram
--> stars   int64     25%         2      4  4.667       5  ▄█
--> text    string      0         4  len 2  len 9  len 20  ██ █     █
--> longest: 20 characters

local tw = require "tideway"

return tw.pipeline {
  name = "describe",

  run = function()
    local reviews = tw.dataset.from_rows {
      { stars = 4, text = "good" },
      { stars = 5, text = "very good" },
      { stars = 5, text = "as good as it can be" },
      { stars = tw.null, text = "no" },
    }
    local summary = reviews:describe()
    print(summary)
    print("longest: " .. summary.columns.text.length.max .. " characters")
  end,
}
