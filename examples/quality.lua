-- Which texts are worth training on: the language they are in, and the rules of published recipes.
--
--> en  null        Dear Anna, thank you for
--> en  few_words   Read this page, and then
--> de  few_words   Wir wissen, dass der Bri
--> en  top_2_gram  This is what we said and
--> kept: 1

local tw = require "tideway"

local letter = [[
Dear Anna, thank you for the books that you sent to us in March. My brother has read two of them by now, and he says
that the story about a lighthouse is the best one he knows. We hope to visit your family next summer, when the ferry
goes twice every day. Please tell your mother that her recipe worked well; nobody left a crumb.]]

return tw.pipeline {
  name = "quality",

  run = function()
    local rows = tw.dataset.from_rows {
      { text = letter },
      { text = "Read this page, and then buy one of our lamps today." },
      { text = "Wir wissen, dass der Brief gestern in der Stadt angekommen ist." },
      { text = ("This is what we said and what we have to say again and again. "):rep(10) },
    }

    local judged = rows:map("text", tw.quality.language {}, { as = "language" })
      :map("text", tw.quality.gopher {}, { as = "gopher" })
      :map("text", tw.quality.repetition {}, { as = "repetition" })
    for row in judged:rows() do
      local rule = row.gopher ~= tw.null and row.gopher or row.repetition
      print(("%s  %-10s  %s"):format(row.language, tostring(rule), row.text:sub(1, 24)))
    end

    local good = rows:filter("text", tw.quality.gopher {}):filter("text", tw.quality.repetition {})
    print("kept: " .. good:count())
  end,
}
