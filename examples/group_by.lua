-- One row for each group: how many reviews each user wrote, and what they make on average. Then the
-- median of all, and what nine of ten are below.
--
--> a	3	4	2026-03-01
--> b	1	2	2026-01-05
--> 3.5	4.7

local tw = require "tideway"

return tw.pipeline {
  name = "group_by",

  run = function()
    local reviews = tw.dataset.from_rows {
      { user = "a", stars = 5, day = "2026-01-01" },
      { user = "b", stars = 2, day = "2026-01-05" },
      { user = "a", stars = 4, day = "2026-03-01" },
      { user = "a", stars = 3, day = "2026-02-01" },
    }
    local users = reviews:group_by("user", {
      reviews = "count",
      stars = { mean = "stars" },
      latest = { max = "day" },
    })
    for row in users:rows() do
      print(row.user, row.reviews, row.stars, row.latest)
    end
    local all = reviews:group_by({}, { median = { median = "stars" }, p90 = { quantile = "stars", q = 0.9 } })
    for row in all:rows() do
      print(row.median, row.p90)
    end
  end,
}
