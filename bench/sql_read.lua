-- Our side of the sql_read bench: a query to a Parquet file, or read and dropped.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-sql-read",
  params = { database = tw.env "POSTGRES_URL", query = "", output = "" },
  run    = function(job)
    local rows = tw.sql.connect(job.params.database):query(job.params.query)
    if job.params.output ~= "" then
      rows:write_parquet(job.params.output)
    else
      rows:filter(tw.col "id":lt(0)):count()
    end
  end,
}
