-- Specs of a pipeline's steps: `tideway test examples` runs them.

local tw = require "tideway"

local function shout(rows)
  return rows:map("text", function(text) return text:upper() end)
end

describe("shout", function()
  it("writes every text in capitals, and leaves the rest", function()
    local rows = tw.dataset.from_rows { { id = 1, text = "hello" } }
    expect(shout(rows):collect()):equals { { id = 1, text = "HELLO" } }
  end)

  it("refuses rows without a text", function()
    local rows = tw.dataset.from_rows { { id = 1 } }
    expect.error({ kind = "usage", message = "no column `text`" }, function() shout(rows):collect() end)
  end)
end)
