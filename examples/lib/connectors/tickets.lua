-- Tickets of a help desk, page by page: a connector of the kind that most web services need.

local tw = require "tideway"

local function row_of(ticket)
  if ticket.spam then return nil end
  return {
    id = ticket.number,
    title = ticket.subject,
    opened = tw.time.parse(ticket.opened),
    labels = tw.array(ticket.labels),
  }
end

return tw.connector {
  name = "tickets",
  summary = "Tickets of a help desk, without spam.",

  options = {
    url       = { type = "string", required = true, doc = "Where the help desk is, without a slash at the end." },
    token     = { type = "secret", required = true, doc = "Who asks." },
    page_size = { type = "integer", default = 100, doc = "Tickets in a page." },
    get       = { type = "function", default = tw.http.get, doc = "What asks: specs give a fake." },
  },
  request = {
    queue = { type = "string", required = true, doc = "The queue to read." },
    page  = { type = "integer", default = 1, doc = "Where to begin." },
  },
  columns = { id = "int64", title = "string", opened = "timestamp[us, UTC]", labels = "list<item: string>" },

  connect = function(options)
    return function(path, query)
      return options.get(options.url .. path, { query = query, token = options.token, retry = { tries = 1 } }):json()
    end
  end,

  fetch = function(ask, request, tools)
    local size = tools.options.page_size
    local answer = ask("/tickets", { queue = request.queue, page = request.page, size = size })
    local more = #answer.tickets == size
    return answer.tickets, more and { queue = request.queue, page = request.page + 1 } or nil
  end,

  transform = row_of,

  describe = function(ask) return { open = ask("/status", {}).open } end,
}
