-- A help desk without a network: what `tw.http.get` would give, from tables.

local tw = require "tideway"

local M = {}

local QUEUES = {
  water = {
    { number = 1, subject = "No water", opened = "2024-01-31T08:00:00Z", labels = { "urgent" } },
    { number = 2, subject = "BUY NOW", opened = "2024-01-31T09:00:00Z", labels = {}, spam = true },
    { number = 4, subject = "Brown water", opened = "2024-02-01T08:00:00Z", labels = {} },
  },
  roads = { { number = 3, subject = "Pothole", opened = "2024-01-31T10:00:00Z", labels = { "north", "old" } } },
  idle = {},
}

local function page_of(queue, query)
  local tickets = tw.array {}
  for i = (query.page - 1) * query.size + 1, math.min(query.page * query.size, #queue) do
    tickets[#tickets + 1] = queue[i]
  end
  return { tickets = tickets }
end

function M.get(url, options)
  local answer = { open = 3 }
  if url:find "/tickets$" then
    local queue = QUEUES[options.query.queue]
    if not queue then
      error { kind = "network", message = "desk: no answer for the queue " .. options.query.queue, retryable = true }
    end
    answer = page_of(queue, options.query)
  end
  return { json = function() return answer end }
end

return M
