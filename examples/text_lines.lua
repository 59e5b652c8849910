-- Lines of text as rows.
--
--> 3 lines, 1 of them blank
--> 1	never again
--> 2	fine

local tw = require "tideway"

return tw.pipeline {
  name = "text_lines",

  run = function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write "never again\n\nfine\n"
    file:close()

    local lines = tw.dataset.text(path)
    local said = lines:filter(tw.col "text":length():gt(0))
    print(("%d lines, %d of them blank"):format(lines:count(), lines:count() - said:count()))
    for i, row in ipairs(said:collect()) do print(i, row.text) end
    os.remove(path)
  end,
}
