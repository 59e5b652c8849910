-- One row for each group: how many reviews each user wrote, and what they make on average.
--
--> a	3	4	2026-03-01
--> b	1	2	2026-01-05

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
  end,
}
