-- Our side of the sql_write bench: a Parquet file into a table that is there.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-sql-write",
  params = { database = tw.env "POSTGRES_URL", input = "", table = "" },
  run    = function(job)
    local p = job.params
    local db = tw.sql.connect(p.database, { read_only = false })
    db:insert(p.table, tw.dataset.parquet(p.input))
    db:close()
  end,
}
