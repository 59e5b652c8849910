-- Rows from a database, filtered by a parameter, written as Parquet.
--
--> Lalitpur	2
--> Pokhara	1

local tw = require "tideway"

return tw.pipeline {
  name   = "query_sqlite",
  params = { min_stars = 4 },

  run = function(job)
    local db = tw.sql.create("sqlite:reviews.db")
    db:execute("CREATE TABLE reviews (id INTEGER PRIMARY KEY, city TEXT, stars INTEGER)")
    db:execute("INSERT INTO reviews (city, stars) VALUES ($1, 5), ($2, 4), ($1, 4), ($2, 1)",
      { "Lalitpur", "Pokhara" })
    db:close()

    local reviews = tw.sql.connect("sqlite:reviews.db")
    local cities = reviews:query(
      "SELECT city, count(*) AS n FROM reviews WHERE stars >= $1 GROUP BY city ORDER BY city",
      { job.params.min_stars }, { types = { n = "int64" } })
    cities:write_parquet("out/cities.parquet")
    for _, row in ipairs(cities:collect()) do
      print(row.city, row.n)
    end
  end,
}
