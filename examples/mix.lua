-- Two sources in one training set: of four rows, three are of the first on average.
--
--> 724 of a, 276 of b
--> b1 a1 a2 a3 b2 a4

local tw = require "tideway"

return tw.pipeline {
  name = "mix",

  run = function()
    local function source(name, n)
      local list = {}
      for i = 1, n do list[i] = { id = name .. i, source = name } end
      return tw.dataset.from_rows(list)
    end
    local mixed = tw.dataset.mix({ a = source("a", 100), b = source("b", 3) }, {
      ratios = { a = 0.75, b = 0.25 }, n = 1000, seed = 42, stop = "never",
    })

    local of_a = mixed:filter(tw.col "source":eq "a"):count()
    print(of_a .. " of a, " .. mixed:count() - of_a .. " of b")
    local first = {}
    for i, row in ipairs(mixed:head(6)) do first[i] = row.id end
    print(table.concat(first, " "))
  end,
}
