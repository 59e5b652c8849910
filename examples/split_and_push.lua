-- A stratified split, published into a folder that stands for the Hub; the second push changes nothing.
--
--> train	80
--> eval	10
--> test	10
--> first push	true
--> second push	false

local tw = require "tideway"

return tw.pipeline {
  name = "split_and_push",

  run = function(job)
    local reviews = {}
    for i = 1, 100 do
      reviews[i] = { text = "review number " .. i, stance = i % 4 == 0 and "against" or "for" }
    end
    local rows = tw.dataset.from_rows(reviews)
      :encode("stance", tw.labels { "against", "for" }, { as = "label" })
      :select { "text", "label" }

    local parts = rows:split { train = 0.8, eval = 0.1, test = 0.1, stratify = "label", seed = 42 }
    for _, name in ipairs { "train", "eval", "test" } do
      print(name, parts[name]:count())
    end
    print("first push", tw.hub.dataset("file:out/reviews"):push(parts, { tag = job:version() }).changed)
    print("second push", tw.hub.dataset("file:out/reviews"):push(parts, { tag = "again" }).changed)
  end,
}
