-- Rows in, cleaned and labelled rows out: the smallest whole pipeline.
--
--> 1	Great phone, see
--> 0	Broke after two days.
--> 5 rows

local tw = require "tideway"

return tw.pipeline {
  name   = "first_pipeline",
  params = { min_length = 10 },

  run = function(job)
    local rows = tw.dataset.from_rows {
      { text = "Great phone,\n see https://example.com/p/1", stars = 5 },
      { text = "<b>Broke</b> after two days.  ",             stars = 1 },
      { text = "Good value for the price",                   stars = 4 },
      { text = "ok",                                         stars = 3 },
      { text = "Never again, the battery died",              stars = 1 },
      { text = "Works as described, fast delivery",          stars = 5 },
    }
    local min_length = job.params.min_length

    local labelled = rows
      :map("text", tw.text.clean {})
      :filter(function(row) return #row.text >= min_length end)
      :map(function(row)
        return { sentiment = row.stars >= 4 and "positive" or "negative" }
      end, { returns = { sentiment = "string" } })
      :encode("sentiment", tw.labels { "negative", "positive" }, { as = "label" })
      :select { "text", "label" }

    for _, row in ipairs(labelled:head(2)) do
      print(row.label, row.text)
    end
    print(labelled:count() .. " rows")
  end,
}
