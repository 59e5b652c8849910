-- Shards by number, or by rows: how training jobs want their files.
--
--> train-00000-of-00003.jsonl	4
--> train-00001-of-00003.jsonl	3
--> train-00002-of-00003.jsonl	3
--> train-00000-of-00002.parquet	8
--> train-00001-of-00002.parquet	2

local tw = require "tideway"

return tw.pipeline {
  name = "shards",

  run = function()
    local list = {}
    for id = 1, 10 do list[id] = { id = id } end
    local rows = tw.dataset.from_rows(list)
    for _, file in ipairs(rows:write_jsonl("out/even", { shards = 3 })) do
      print(file.name, file.rows)
    end
    for _, file in ipairs(rows:write_parquet("out/small", { max_shard_rows = 8 })) do
      print(file.name, file.rows)
    end
  end,
}
