-- Some of the rows: so many, so many of each value, and by weights.
--
--> any	20
--> per language	de 10	en 10	fi 5
--> per language	de 7	en 12	fi 1
--> by quality	20	none of quality 0	true

local tw = require "tideway"

local function per_language(dataset)
  local counts = {}
  for row in dataset:rows() do counts[row.lang] = (counts[row.lang] or 0) + 1 end
  print("per language", "de " .. counts.de, "en " .. counts.en, "fi " .. counts.fi)
end

return tw.pipeline {
  name = "sample",

  run = function()
    local list = {}
    for i = 1, 100 do
      list[i] = { id = i, lang = i <= 60 and "en" or i <= 95 and "de" or "fi", quality = i % 5 }
    end
    local texts = tw.dataset.from_rows(list)

    print("any", texts:sample({ n = 20, key = "id", seed = 42 }):count())
    per_language(texts:sample { n = 10, per = "lang", seed = 42 })
    per_language(texts:sample { fraction = 0.2, per = "lang", seed = 42 })

    local good = texts:sample { n = 20, weights = "quality", seed = 42 }
    print("by quality", good:count(), "none of quality 0", good:filter(tw.col "quality":eq(0)):count() == 0)
  end,
}
