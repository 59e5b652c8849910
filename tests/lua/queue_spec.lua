local checks = require "checks"
local tw = require "tideway"

describe("tw.queue", function()
  local file, uri, queue

  before_each(function()
    file = os.tmpname()
    uri = "sqlite:" .. file
    queue = tw.queue.open("q", { database = uri, max_size = 3 })
  end)

  after_each(function()
    for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(file .. suffix) end
  end)

  local function work(handlers, options)
    options = options or {}
    options.handlers, options.until_empty = handlers, true
    options.retry = options.retry or { tries = 2, base_s = 0 }
    return queue:work(options)
  end

  it("pushes a job, does it, and gives its result", function()
    local id = queue:push("add", { 1, 2, three = nil })
    expect(queue:status(id).state):equals "ready"
    expect(queue:status(id).payload):equals { 1, 2 }
    expect({ queue:result(id, 0) }):equals { nil, "timeout" }
    local counts = work { add = function(job) return job.payload[1] + job.payload[2] end }
    expect(counts.done):equals(1)
    expect(queue:result(id)):equals(3)
    expect(queue:status(id).state):equals "done"
  end)

  it("stops when it is told to, and leaves what it has not begun", function()
    local first, second = queue:push "wait", queue:push "wait"
    local begun = 0
    local working = tw.spawn(function()
      return queue:work {
        num_workers = 1,
        handlers = {
          wait = function()
            begun = begun + 1
            queue:stop()
          end,
        },
      }
    end)
    expect(working:wait().done):equals(1)
    expect({ begun, queue:status(first).state, queue:status(second).state }):equals { 1, "done", "ready" }
  end)

  it("does nothing when it is told to stop while it starts", function()
    local id = queue:push "wait"
    local working = tw.spawn(function() return queue:work { handlers = {} } end)
    queue:stop()
    expect(working:wait().done):equals(0)
    expect(queue:status(id).state):equals "ready"
  end)

  it("gives the payload and the result as they were", function()
    local id = queue:push("same")
    local other = queue:push("same", { text = "नमस्ते\0", list = tw.array {}, none = tw.null })
    work { same = function(job) return job.payload end }
    expect(queue:result(id)):equals(tw.null)
    expect(queue:result(other)):equals { text = "नमस्ते\0", list = tw.array {}, none = tw.null }
  end)

  it("is full at max_size, and waits for room with timeout_s", function()
    for _ = 1, 3 do expect(queue:push "a"):differs(nil) end
    expect({ queue:push "a" }):equals { nil, "full" }
    expect({ queue:push("a", nil, { timeout_s = 0.01 }) }):equals { nil, "full" }
    local worker = tw.spawn(work, { a = function() end })
    expect(queue:push("a", nil, { timeout_s = 10 })):differs(nil)
    worker:wait()
  end)

  it("pushes many at once, all or none", function()
    expect(#queue:push_all("a", { 1, 2 })):equals(2)
    expect({ queue:push_all("a", { 3, 4 }) }):equals { nil, "full" }
    expect(#queue:list()):equals(2)
  end)

  it("has one unfinished job for a key", function()
    local id = queue:push("a", 1, { key = "k" })
    expect(queue:push("a", 2, { key = "k" })):equals(id)
  end)

  it("runs as many jobs at once as num_workers says", function()
    queue:push_all("a", { 1, 2, 3 })
    local running, most = 0, 0
    work({
      a = function()
        running = running + 1
        most = math.max(most, running)
        tw.sleep(0.01)
        running = running - 1
      end,
    }, { num_workers = 2 })
    expect(most):equals(2)
  end)

  it("tries a job again, and keeps the reason of a dead one", function()
    local id, tries = queue:push "a", {}
    local counts = work {
      a = function(job)
        tries[#tries + 1] = job.attempt
        error "no route"
      end,
    }
    expect(tries):equals { 1, 2 }
    expect({ counts.failed, counts.dead }):equals { 1, 1 }
    local _, why, reason = queue:result(id)
    expect(why):equals "dead"
    expect(reason:find("no route", 1, true) ~= nil):equals(true)
    expect(queue:retry()):equals { id }
    expect(work({ a = function() end }).done):equals(1)
  end)

  it("rejects a job without another try", function()
    local id = queue:push "a"
    local counts = work { a = function(job) job:reject "no such page" end }
    expect({ counts.failed, counts.dead }):equals { 0, 1 }
    expect({ queue:result(id) }):equals { nil, "dead", "no such page" }
  end)

  it("fails a job that nobody handles, or whose result is no JSON", function()
    local unknown, odd = queue:push "other", queue:push "odd"
    work({ odd = function() return function() end end }, { retry = { tries = 1 } })
    local _, _, reason = queue:result(unknown)
    expect(reason):equals "no handler for jobs named other"
    expect(select(2, queue:result(odd))):equals "dead"
  end)

  it("tells the holder of a job that was cancelled", function()
    local id, told = queue:push "a", nil
    local counts = work({
      a = function(job)
        expect(queue:cancel(job.id)):equals(true)
        while true do
          local ok, failure = pcall(job.check, job)
          if not ok then
            told = failure
            error(failure, 0)
          end
          tw.sleep(0.01)
        end
      end,
    }, { lease_s = 1 })
    expect(told.kind):equals "interrupted"
    expect(counts.released):equals(1)
    expect({ queue:result(id) }):equals { nil, "cancelled" }
    expect(queue:cancel(id)):equals(false)
  end)

  it("completes a job once, and with its transaction", function()
    local db = tw.sql.connect(uri, { read_only = false })
    db:execute "CREATE TABLE effects (job TEXT)"
    local kept, undone = queue:push("a", "kept"), queue:push("a", "undone")
    work({
      a = function(job)
        db:transaction(function()
          db:execute("INSERT INTO effects VALUES ($1)", { job.id })
          if job.attempt == 1 and job.payload == "undone" then error "no" end
          job:complete("result", { db = db })
        end)
      end,
    }, { num_workers = 1 })
    expect(queue:result(kept)):equals "result"
    expect(queue:result(undone)):equals "result"
    expect(#db:rows "SELECT job FROM effects"):equals(2)
    db:close()
  end)

  it("refuses to complete what was cancelled, which undoes the transaction", function()
    local db = tw.sql.connect(uri, { read_only = false })
    db:execute "CREATE TABLE effects (job TEXT)"
    queue:push "a"
    local failure
    work {
      a = function(job)
        queue:cancel(job.id)
        local ok
        ok, failure = pcall(db.transaction, db, function()
          db:execute("INSERT INTO effects VALUES ($1)", { job.id })
          job:complete("result", { db = db })
        end)
        expect(ok):equals(false)
      end,
    }
    expect(failure.kind):equals "conflict"
    expect(#db:rows "SELECT job FROM effects"):equals(0)
    db:close()
  end)

  it("pushes within a transaction, or not at all", function()
    local db = tw.sql.connect(uri, { read_only = false })
    queue:push "first"
    pcall(db.transaction, db, function()
      queue:push("a", 1, { db = db })
      error "no"
    end)
    expect(#queue:list()):equals(1)
    local id
    db:transaction(function()
      id = queue:push("a", 1, { db = db, key = "k" })
      expect(queue:status(id)):equals(nil)
      checks.fails("conflict", "queue: this transaction has pushed a job with the key already: k",
        function() queue:push("a", 1, { db = db, key = "k" }) end)
    end)
    expect(queue:status(id).state):equals "ready"
    db:close()
  end)

  it("refuses the transaction of another database", function()
    local db = tw.sql.create("sqlite:" .. file .. ".other")
    local _, failure = pcall(queue.push, queue, "a", 1, { db = db })
    expect(failure.kind):equals "usage"
    expect(failure.message):contains "option `db` is another database than the queue's"
    db:execute "CREATE TABLE t (id INTEGER)"
    db:close()
    os.remove(file .. ".other")
  end)

  it("lists and purges by state and age", function()
    queue:push "a"
    work { a = function() return 1 end }
    queue:push "b"
    expect(queue:list({ state = "done" })[1].result):equals(1)
    expect(queue:purge { older_s = 1000 }):equals(0)
    expect(queue:purge()):equals(1)
    expect(#queue:list()):equals(1)
    checks.fails("usage", "queue: no such state: reddy; did you mean `ready`?",
      function() queue:list { state = "reddy" } end)
    checks.fails("usage", "queue: only finished jobs can be deleted, not ready",
      function() queue:purge { state = "ready" } end)
  end)

  it("refuses options and arguments that make no sense", function()
    checks.fails("usage", "queue.open: argument 1 must be the name of a queue, not nil", function() tw.queue.open() end)
    checks.fails("usage", "queue.open: unknown option `size`", function() tw.queue.open("q", { size = 1 }) end)
    checks.fails("usage", "queue.open: option `max_size` must be a whole number from 1: 0",
      function() tw.queue.open("q", { database = uri, max_size = 0 }) end)
    checks.fails("usage", "queue.push: unknown option `delay_`; did you mean `delay_s`?",
      function() queue:push("a", 1, { delay_ = 1 }) end)
    checks.fails("usage", "queue: delay_s must be from 0 to 1000000000: -1",
      function() queue:push("a", 1, { delay_s = -1 }) end)
    checks.fails("usage", "queue.work: option `handlers` is required", function() queue:work {} end)
    checks.fails("usage", "queue: retry.tries must be at least 1: 0",
      function() queue:work { handlers = {}, retry = { tries = 0 } } end)
    checks.fails("usage", [[queue.work: retry.jitter must be "full" or "none": some]],
      function() queue:work { handlers = {}, retry = { jitter = "some" } } end)
    checks.fails("usage", "queue: lease_s must be from 1 to 86400: 0",
      function() queue:work { handlers = {}, lease_s = 0 } end)
    checks.fails("usage", "tw.worker: option `queue` is required", function() tw.worker { handlers = {} } end)
  end)
end)
