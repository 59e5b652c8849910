-- The reviews of a user are in one part, and both stances in each part in proportion.
--
--> train	80
--> test	20

local tw = require "tideway"

return tw.pipeline {
  name = "split_without_leaks",
  run = function()
    local reviews = {}
    for i = 1, 100 do
      reviews[i] = { text = "review " .. i, user = i % 20, stance = i % 4 == 0 and "against" or "for" }
    end
    local parts = tw.dataset.from_rows(reviews)
      :split { train = 0.8, test = 0.2, group = "user", stratify = "stance", seed = 42 }
    for _, name in ipairs(parts) do print(name, parts[name]:count()) end
    tw.dataset.write_parquet(parts, "out/reviews")
  end,
}
