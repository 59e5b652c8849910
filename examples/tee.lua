-- One pass over the rows, two files, and in the account of the run the number of rows on the way:
--   read: 3 rows
--   with a text: 2 rows
--
--> parquet 2 rows, jsonl 2 rows

local tw = require "tideway"

return tw.pipeline {
  name = "tee",

  run = function()
    local rows = tw.dataset.from_rows { { text = "a" }, { text = tw.null }, { text = "c" } }
      :tap("read")
      :filter { not_null = "text" }
      :tap("with a text")
    local files = rows:tee { parquet = "out/rows.parquet", jsonl = "out/rows.jsonl" }
    print(("parquet %d rows, jsonl %d rows"):format(files.parquet[1].rows, files.jsonl[1].rows))
  end,
}
