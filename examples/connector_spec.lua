-- The contract that every connector passes, and what is particular to one: `tideway test examples` runs them.

local fake_desk = require "fake_desk"
local tickets = require "connectors.tickets"
local tw = require "tideway"

local options = {
  url = "https://desk.test",
  token = tw.env("DESK_TEST_TOKEN", "token for tests"),
  page_size = 2,
  get = fake_desk.get,
}

contract(tickets, {
  options  = options,
  requests = { { queue = "water" }, { queue = "roads" } },
  empty    = { queue = "idle" },
  failing  = { queue = "broken" },
  secrets  = { "token for tests" },
})

describe("tickets", function()
  it("leaves spam out", function()
    local source = tickets(options)
    for _, row in ipairs(source:rows({ queue = "water" }):collect()) do expect(row.title):differs "BUY NOW" end
    source:close()
  end)
end)
