-- What changed since yesterday.
--
--> 1 added, 1 removed, 1 changed
--> 2	open	closed

local tw = require "tideway"

return tw.pipeline {
  name = "diff",

  run = function()
    local yesterday = tw.dataset.from_rows {
      { id = 1, status = "open" }, { id = 2, status = "open" }, { id = 3, status = "new" },
    }
    local today = tw.dataset.from_rows {
      { id = 1, status = "open" }, { id = 2, status = "closed" }, { id = 4, status = "new" },
    }
    local diff = yesterday:diff(today, { key = "id" })
    local counts = diff.counts
    print(("%d added, %d removed, %d changed"):format(counts.added, counts.removed, counts.changed))
    for row in diff.changed:rows() do print(row.id, row.status_before, row.status_after) end
  end,
}
