-- Splits of a dataset repository: two configurations pushed, listed, and one read back.
--
--> en	train	en/train-00000-of-00001.parquet
--> en	test	en/test-00000-of-00001.parquet
--> fr	train	fr/train-00000-of-00001.parquet
--> bon jour	positive

local tw = require "tideway"

return tw.pipeline {
  name = "read_a_split",

  run = function()
    local folder = os.tmpname()
    os.remove(folder)
    local repo = tw.hub.dataset("file:" .. folder)
    local labels = tw.labels { "negative", "positive" }
    local function texts(text)
      return tw.dataset.from_rows { { text = text, label = "positive" } }:encode("label", labels)
    end

    repo:push({ train = texts "good day", test = texts "good night" }, { config = "en" })
    repo:push({ train = texts "bon jour" }, { config = "fr", set_default = true })

    for _, config in ipairs(repo:configs()) do
      for _, split in ipairs(config.splits) do print(config.name, split.name, table.concat(split.files, " ")) end
    end
    for row in repo:read("train", { config = "fr" }):rows() do print(row.text, labels:name(row.label)) end
    os.execute("rm -r " .. folder)
  end,
}
