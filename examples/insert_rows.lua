-- The rows of a dataset into a table of a database, and later changes to them by key.
--
--> 3 rows
--> 1	new	2
--> 2	closed	1
--> 3	new	5

local tw = require "tideway"

return tw.pipeline {
  name = "insert_rows",

  run = function()
    local db = tw.sql.create("sqlite:tickets.db")
    local tickets = tw.dataset.from_rows {
      { id = 1, state = "new", votes = 2 },
      { id = 2, state = "new", votes = 1 },
      { id = 3, state = "new", votes = 5 },
    }
    print(db:insert("tickets", tickets, { create = true, key = "id" }) .. " rows")

    local changes = tw.dataset.from_rows { { id = 2, state = "closed" } }
    db:insert("tickets", changes, { conflict = "update", key = "id" })

    for _, row in ipairs(db:rows "SELECT id, state, votes FROM tickets ORDER BY id") do
      print(row.id, row.state, row.votes)
    end
    db:close()
  end,
}
