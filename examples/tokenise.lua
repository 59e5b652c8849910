-- Texts as tokens: one by one, as columns, packed to rows of one length, and as a file that numpy maps.
--
--> tideway.Tokenizer: 280 tokens
--> 260 273 262 273 60
--> for x in x:
--> local x = 1	7
--> for x in x: print(x) end	14
--> 3 rows of 8 tokens
--> 1 file, 48 bytes

local tw = require "tideway"
local small_tokenizer = require "small_tokenizer"

return tw.pipeline {
  name = "tokenise",

  run = function()
    local tokenizer = tw.tokens.load(small_tokenizer())
    print((tostring(tokenizer):gsub(",.*", "")))
    local ids = tokenizer:encode "for x in x:"
    print(table.concat(ids, " "))
    print(tokenizer:decode(ids))

    local rows = tw.dataset.from_rows {
      { content = "local x = 1" },
      { content = "for x in x: print(x) end" },
    }
    -- As <s> and </s> are what the file puts around a text, they count.
    local counted = rows:map("content", tokenizer:counts { special = true }, { as = "tokens" })
    for row in counted:rows() do print(row.content, row.tokens) end

    local packed = rows
      :map("content", tokenizer:ids(), { as = "ids" })
      :pack { length = 8, separator = tokenizer:id "</s>", remainder = "pad", padding = tokenizer:id "<s>" }
    print(packed:count() .. " rows of 8 tokens")

    local path = tw.path.scratch "train" .. ".bin"
    local files = packed:write_tokens(path)
    print(#files .. " file, " .. files[1].size .. " bytes")
  end,
}
