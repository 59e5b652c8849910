-- One row for each sentence of each document.
--
--> 1	1	Water came
--> 1	2	It left
--> 3	1	All is dry

local tw = require "tideway"

return tw.pipeline {
  name = "flat_map",

  run = function()
    local documents = tw.dataset.from_rows {
      { id = 1, text = "Water came. It left." },
      { id = 2, text = "" },
      { id = 3, text = "All is dry." },
    }
    local sentences = documents:flat_map(function(row)
      local list = {}
      for sentence in row.text:gmatch "[^.]+" do
        list[#list + 1] = { text = sentence:match "^%s*(.*)$", number = #list + 1 }
      end
      return list
    end, { returns = { number = "int64" } })

    for row in sentences:rows() do print(row.id, row.number, row.text) end
  end,
}
