--- Jobs that outlive whoever asked for them: pushed now, done later, by other processes or machines.
---
--- ```lua
--- local queue = tw.queue.open "pages"
--- local id = queue:push("fetch", { url = "https://example.org" })
--- queue:work {
---   until_empty = true,
---   handlers = { fetch = function(job) return tw.http.get(job.payload.url).status end },
--- }
--- print(queue:result(id))
--- ```
---
--- Jobs are kept in SQLite, in the file `state.db` of the project's `.tideway`, for all processes of one machine; or in
--- PostgreSQL, for many machines: `{ database = "postgresql://..." }`, or the variable `TIDEWAY_QUEUE`. A push and the
--- end of a job are on the disk before they are acknowledged.
---
--- A worker holds a lease on its job. When it dies or hangs, the lease ends and another worker gets the job: so a job
--- is done at least once. Each claim has a higher number than the one before (`job:token()`), and what a worker says
--- whose number is no longer the highest is refused. What is written in the transaction of
--- `job:complete(result, { db = db })` is therefore written exactly once.
local core = require "tideway.core.queue"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
local log = require "tideway.log"
local tasks = require "tideway.tasks"
local values = require "tideway.core.values"

local M = {}

--- How a queue is opened.
---@class tideway.queue.Options
---@field database? string|tideway.Secret `sqlite:FILE`, which is made if needed, or `postgresql://...`. Default:
--- `TIDEWAY_QUEUE`, else `state.db` in the project's `.tideway`.
---@field max_size? integer The most unfinished jobs; a push beyond them gives `nil, "full"`. Default 100. In PostgreSQL
--- those who push at the same moment do not see each other, and may pass it by what they push.

--- How a job is pushed.
---@class tideway.queue.PushOptions
---@field priority? integer Higher goes first. Default 0.
---@field delay_s? number Not before as many seconds. Default 0.
---@field key? string At most one unfinished job of the queue has it: another push with it gives that one's id.
---@field timeout_s? number How long to wait for room in a full queue. Default 0.
---@field db? tideway.Database Push in the transaction that is open there, of the queue's own database: the job is there
--- when the transaction is kept.

--- When a job that failed is tried again.
---@class tideway.queue.Retry
---@field tries? integer Tries in all, those included whose worker died. Default 5.
---@field base_s? number The longest wait after the first try; it doubles with each. Default 1.
---@field cap_s? number The longest wait of all. Default 60.
---@field jitter? "full"|"none" Whether the wait is a random part of that, so that many do not come back at once.
--- Default `"full"`.

--- How jobs are done.
---@class tideway.queue.WorkOptions
---@field handlers table<string, fun(job: tideway.queue.Job): any> What does a job of each name, and returns its result.
---@field num_workers? integer How many jobs run at the same time, as tasks. Default 2.
---@field lease_s? number After as long without a sign of life a job is given to another worker. Default 30.
---@field grace_s? number When the process is to end, how long running jobs may go on before they are given back.
--- Default 30.
---@field retry? tideway.queue.Retry
---@field until_empty? boolean Return once no job is unfinished, instead of waiting for more. Default false.

--- What is known of a job. Times are seconds since 1970.
---@class tideway.queue.Status
---@field id string
---@field queue string
---@field name string
---@field state "ready"|"delayed"|"running"|"done"|"dead"|"cancelled" Delayed: until `run_s`, or for its next try.
---@field payload any What was pushed.
---@field result any What its handler returned, when done.
---@field error string? Why its last try failed; of a dead job, why it is dead.
---@field priority integer
---@field attempts integer Tries that have begun.
---@field key string?
---@field owner string? Who runs it: host and process.
---@field created_s number
---@field run_s number When it became, or becomes, ready.
---@field started_s number? When its last try began.
---@field finished_s number?

--- Which jobs are meant.
---@class tideway.queue.Filter
---@field state? string|string[]
---@field id? string
---@field older_s? number Only those that finished as long ago, or longer.
---@field limit? integer Of `list`: at most as many. Default 100.

--- A named queue of jobs. Made by `tw.queue.open`.
---@class tideway.Queue
---@field package name string
---@field package database string|tideway.Secret
---@field package max_size integer
---@field package store userdata?
---@field package at_work table<userdata, true>
---@field package stopped boolean
local Queue = {}
Queue.__index = Queue
Queue.__name = "tideway.Queue"

--- A job in the hands of its handler.
---@class tideway.queue.Job
---@field id string
---@field name string
---@field payload any What was pushed.
---@field attempt integer Which try this is, from 1.
---@field key string?
---@field package held userdata
---@field package worker userdata
---@field package outcome string?
---@field package text string?
local Job = {}
Job.__index = Job
Job.__name = "tideway.queue.Job"

local FIRST_LOOK_S, LAST_LOOK_S = 0.005, 0.25

local function check_options(what, options, known)
  if options ~= nil and type(options) ~= "table" then
    errors.raise("usage", what .. ": options must be a table, not " .. type(options))
  end
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  for name, value in pairs(options or {}) do
    local wanted = known[name]
    if not wanted then
      errors.raise("usage", ("%s: unknown option `%s`%s"):format(what, tostring(name),
        errors.did_you_mean(tostring(name), names)))
    end
    if wanted ~= "any" and type(value) ~= wanted then
      errors.raise("usage", ("%s: option `%s` must be a %s, not %s"):format(what, name, wanted, type(value)))
    end
  end
  return options or {}
end

local function whole_from_one(what, name, value)
  if value >= 1 and value % 1 == 0 and value <= 2 ^ 53 then return value end
  errors.raise("usage", ("%s: option `%s` must be a whole number from 1: %s"):format(what, name, tostring(value)))
end

-- Connects at the first use, so that a script may open its queues while it loads.
local function store_of(queue)
  if not queue.store then queue.store = core.open(queue.database) end
  return queue.store
end

-- Tries until `attempt` gives something or the time is over; looks ever more seldom.
local function poll(timeout_s, attempt)
  local wait, waited = FIRST_LOOK_S, 0
  while true do
    local done, first, second, third = attempt()
    if done or waited >= timeout_s then return done, first, second, third end
    wait = math.min(wait, timeout_s - waited)
    tasks.sleep(wait)
    waited, wait = waited + wait, math.min(2 * wait, LAST_LOOK_S)
  end
end

local PUSH = { priority = "number", delay_s = "number", key = "string", timeout_s = "number", db = "any" }

local function push(queue, what, name, payloads, options)
  options = check_options(what, options, PUSH)
  local texts = {}
  for i, payload in ipairs(payloads) do texts[i] = json.encode(payload) end
  local pushing = {
    priority = options.priority,
    delay_s = options.delay_s,
    key = options.key,
    db = options.db,
    max_size = queue.max_size,
  }
  if core.check_only() then return texts end
  local _, ids, why = poll(options.timeout_s or 0, function()
    local pushed, full = core.push(store_of(queue), queue.name, name, texts, pushing)
    return pushed ~= nil, pushed, full
  end)
  return ids, why
end

--- Pushes a job and returns its id at once; `nil, "full"` when the queue holds `max_size` unfinished jobs.
---
--- `tideway check` pushes nothing. Raises `usage` for a payload that JSON cannot hold or of more than 16 MiB, and what
--- the database raises.
---
--- ```lua
--- local id = queue:push("fetch", { url = url }, { key = url, priority = 5 })
--- db:transaction(function()
---   db:execute("INSERT INTO orders (id) VALUES ($1)", { 17 })
---   queue:push("confirm", { order = 17 }, { db = db })
--- end)
--- ```
---@param name string Which handler is meant.
---@param payload? any What JSON can hold.
---@param options? tideway.queue.PushOptions An unknown option is an error of kind `usage`.
---@return string? id
---@return "full"? why
function Queue:push(name, payload, options)
  if payload == nil then payload = values.null end
  local ids, why = push(self, "queue.push", name, { payload }, options)
  if type(ids) == "table" then return ids[1], why end
  return ids, why
end

--- Pushes a job for each payload of a list, all of them or none, much faster than one by one.
---
--- ```lua
--- local ids = queue:push_all("fetch", { { url = one }, { url = other } })
--- ```
---@param name string Which handler is meant.
---@param payloads any[]
---@param options? tideway.queue.PushOptions Without `key` and `db`.
---@return string[]? ids In the order of the payloads.
---@return "full"? why
function Queue:push_all(name, payloads, options)
  if options and (options.key ~= nil or options.db ~= nil) then
    errors.raise("usage", "queue.push_all: `key` and `db` are options of push, which takes one job")
  end
  if #payloads == 0 then return {} end
  return push(self, "queue.push_all", name, payloads, options)
end

-- The record of a job with its JSON read.
local function read(record)
  if not record then return nil end
  record.payload = json.decode(record.payload)
  if record.result then record.result = json.decode(record.result) end
  return record
end

--- Tells what is known of a job; nil when there is none with that id.
---@param id string
---@return tideway.queue.Status?
function Queue:status(id)
  if core.check_only() then return nil end
  return read(core.find(store_of(self), id))
end

--- Waits until a job has ended, and returns its result.
---
--- Returns `nil, "timeout"` when it has not, `nil, "cancelled"`, `nil, "dead", reason`, and `nil, "unknown"` for an id
--- that no job has.
---
--- ```lua
--- local status, why = queue:result(id, 60)
--- ```
---@param id string
---@param timeout_s? number Default: without end.
---@return any result
---@return "timeout"|"cancelled"|"dead"|"unknown"? why
---@return string? reason Of a dead job.
function Queue:result(id, timeout_s)
  if core.check_only() then return nil, "timeout" end
  local ended, result, why, reason = poll(timeout_s or math.huge, function()
    local record = core.find(store_of(self), id)
    if not record then return true, nil, "unknown" end
    if record.state == "done" then return true, json.decode(record.result) end
    if record.state == "cancelled" then return true, nil, "cancelled" end
    return record.state == "dead", nil, "dead", record.error
  end)
  if not ended then return nil, "timeout" end
  if why == nil then return result end
  return nil, why, reason
end

--- Cancels a job that has not ended, and tells whether it did. One that runs is told by `job:check()` at its next
--- heartbeat, and what it then says counts no more.
---@param id string
---@return boolean cancelled
function Queue:cancel(id) return not core.check_only() and core.cancel(store_of(self), id) end

--- Lists jobs of the queue, the newest first.
---@param filter? tideway.queue.Filter
---@return tideway.queue.Status[]
function Queue:list(filter)
  if core.check_only() then return {} end
  local records = core.list(store_of(self), self.name, filter)
  for _, record in ipairs(records) do read(record) end
  return records
end

--- Makes dead jobs ready again, with all their tries, and returns their ids. One whose key another unfinished job has
--- stays dead.
---@param filter? tideway.queue.Filter
---@return string[] ids
function Queue:retry(filter)
  if core.check_only() then return {} end
  return core.retry(store_of(self), self.name, filter)
end

--- Deletes finished jobs and returns how many: those that are done or cancelled, unless `state` says otherwise.
---
--- ```lua
--- queue:purge { older_s = 7 * 86400 }
--- queue:purge { state = "dead" }
--- ```
---@param filter? tideway.queue.Filter
---@return integer jobs
function Queue:purge(filter)
  if core.check_only() then return 0 end
  return core.purge(store_of(self), self.name, filter)
end

local function job_of(worker, held)
  local id, name, payload, key, attempt, fence = core.describe(held)
  return setmetatable({
    id = id,
    name = name,
    payload = json.decode(payload),
    key = key ~= "" and key or nil,
    attempt = attempt,
    fence = fence,
    held = held,
    worker = worker,
  }, Job)
end

--- Returns the number of this claim: higher than that of every earlier claim of the job.
---
--- For effects outside the queue's database: one that keeps the highest number it has seen, and refuses a lower one,
--- is not written to by a worker that was stopped past its lease.
---@return integer token
function Job:token() return self.fence end

--- Raises an error of kind `interrupted` when the job is no longer this worker's: it was cancelled, or the lease ended.
--- A handler that takes long calls it between its steps.
function Job:check() core.check(self.held) end

-- The text that a result is kept as.
local function result_text(result)
  if result == nil then result = values.null end
  return json.encode(result)
end

--- Ends the job as done before its handler returns; what that returns does not matter then.
---
--- With `db` it is done in the transaction that is open there, of the queue's own database: both are kept or neither,
--- so what else the transaction writes is written exactly once. Raises `conflict` when the job is no longer this
--- worker's, which undoes the transaction. A connection has one transaction at a time: handlers that run side by side
--- need one each.
---
--- ```lua
--- db:transaction(function()
---   db:execute("UPDATE accounts SET balance = balance + $1", { job.payload.amount })
---   job:complete("booked", { db = db })
--- end)
--- ```
---@param result? any What JSON can hold.
---@param options? {db: tideway.Database?}
function Job:complete(result, options)
  options = check_options("job.complete", options, { db = "any" })
  local text, counts = result_text(result), nil
  if options.db then
    counts = core.complete_inside(self.worker, self.held, text, options.db)
  else
    counts = core.settle(self.worker, self.held, "done", text)
  end
  if not counts then
    errors.raise("conflict", ("queue: job %s (%s) is no longer this worker's: its result is refused")
      :format(self.id, self.name), "another worker has it, or it was cancelled; nothing needs to be done here")
  end
  self.outcome, self.text = options.db and "told" or "settled", text
end

--- Ends the job as dead, without another try, and leaves its handler.
---@param reason string
function Job:reject(reason)
  self.outcome = "dead"
  errors.raise("data", reason)
end

function Job:__tostring() return "tideway.queue.Job: " .. self.name .. " " .. self.id end

-- Tells the store how a job has ended; returns what it counts as.
local function settle(job, kind, text)
  local counts, wait_s = core.settle(job.worker, job.held, kind, text)
  local what = ("queue: job %s (%s)"):format(job.id, job.name)
  if kind == "release" then return "released" end
  if not counts then
    log.warn("%s was no longer this worker's when it ended; that counts no more", what)
    return "lost"
  end
  if kind == "done" then return "done" end
  if wait_s then
    log.warn("%s failed, try %d, and is tried again in %.1f s: %s", what, job.attempt, wait_s, text)
    return "failed"
  end
  log.warn("%s is dead after try %d: %s", what, job.attempt, text)
  return "dead"
end

-- Runs a handler, and tells how it ended.
local function do_job(job, handler)
  local ok, result = pcall(function()
    if not handler then errors.raise("usage", "no handler for jobs named " .. job.name) end
    local value = handler(job)
    return job.text or result_text(value)
  end)
  if ok or job.outcome == "settled" then
    if not ok then
      log.warn("queue: job %s (%s) was complete when it failed: %s", job.id, job.name, tostring(result))
    end
    if job.outcome == "settled" then return "done" end
    return settle(job, "done", result)
  end
  if type(result) == "table" and result.kind == "interrupted" then return settle(job, "release", "") end
  return settle(job, job.outcome == "dead" and "dead" or "failed", tostring(result))
end

local WORK = {
  handlers = "table",
  num_workers = "number",
  lease_s = "number",
  grace_s = "number",
  retry = "table",
  until_empty = "boolean",
}

-- Gives jobs to tasks of their own until there will be none, and waits for those.
local function serve(worker, options, counts)
  local running = {}
  local function run(held)
    local job = job_of(worker, held)
    local told, outcome = pcall(do_job, job, options.handlers[job.name])
    if not told then
      log.warn("queue: job %s (%s) comes again: how it ended could not be kept: %s", job.id, job.name,
        tostring(outcome))
      outcome = "lost"
    end
    counts[outcome] = counts[outcome] + 1
    running[held] = nil
    core.ask(worker, 1)
  end
  core.ask(worker, options.num_workers or 2)
  while true do
    local arrived = core.take(worker)
    if not arrived then break end
    for _, held in ipairs(arrived) do running[held] = tasks.spawn(run, held) end
  end
  local left = {}
  for _, task in pairs(running) do left[#left + 1] = task end
  tasks.all(left)
  tasks.sleep(0) -- raises when the run was interrupted, and its tasks have ended by that
end

--- Does jobs of the queue until the process is asked to end (SIGTERM, Ctrl-C, `tideway worker`), or with `until_empty`
--- until none is left. Returns how many were done, how many tries failed, and how many jobs died of it.
---
--- A handler that returns has done its job. One that raises has failed, and the job is tried again as `retry` says;
--- after the last try it is dead, and keeps the reason. Leases are renewed meanwhile, also where a handler computes.
---
--- ```lua
--- queue:work {
---   num_workers = 8,
---   handlers = { fetch = function(job) return tw.http.get(job.payload.url).status end },
---   retry = { tries = 3, base_s = 10 },
--- }
--- ```
---@param options tideway.queue.WorkOptions An unknown option is an error of kind `usage`.
---@return {done: integer, failed: integer, dead: integer, lost: integer, released: integer} counts
function Queue:work(options)
  options = check_options("queue.work", options, WORK)
  if not options.handlers then errors.raise("usage", "queue.work: option `handlers` is required") end
  whole_from_one("queue.work", "num_workers", options.num_workers or 2)
  local counts = { done = 0, failed = 0, dead = 0, lost = 0, released = 0 }
  if core.check_only() then return counts end
  local worker = core.start(self.database, self.name, {
    lease_s = options.lease_s,
    grace_s = options.grace_s,
    retry = options.retry,
    until_empty = options.until_empty,
  })
  self.at_work[worker] = true
  if self.stopped then core.drain(worker) end
  local ok, failure = pcall(serve, worker, options, counts)
  self.at_work[worker] = nil
  core.close(worker)
  if not ok then error(failure, 0) end
  return counts
end

--- Has the calls of `work` on this handle, and those to come, take no more jobs: they return once what runs has ended.
---
--- ```lua
--- local working = tw.spawn(function() return queue:work { handlers = handlers } end)
--- -- later
--- queue:stop()
--- working:wait()
--- ```
function Queue:stop()
  self.stopped = true
  for worker in pairs(self.at_work) do core.drain(worker) end
end

function Queue:__tostring() return "tideway.Queue: " .. self.name end

--- Opens a queue by its name. Connects at the first use; the tables are made where they are missing.
---
--- Raises `usage` for options, and at the first use `conflict` for tables of a newer program, and what the database
--- raises.
---@param name string
---@param options? tideway.queue.Options An unknown option is an error of kind `usage`.
---@return tideway.Queue
function M.open(name, options)
  options = check_options("queue.open", options, { database = "any", max_size = "number" })
  if type(name) ~= "string" or name == "" then
    errors.raise("usage", "queue.open: argument 1 must be the name of a queue, not " .. tostring(name))
  end
  local database = options.database or core.default_uri()
  if not database then
    errors.raise("usage", "queue.open: no database: this run has no folder of a project",
      'give one: { database = "sqlite:FILE" }')
  end
  return setmetatable({
    name = name,
    database = database,
    max_size = whole_from_one("queue.open", "max_size", options.max_size or 100),
    at_work = {},
    stopped = false,
  }, Queue)
end

--- What a script returns for `tideway worker`.
---@class tideway.queue.WorkerOptions : tideway.queue.WorkOptions
---@field queue string The queue's name.
---@field database? string|tideway.Secret As of `tw.queue.open`.

---@class tideway.Worker
---@field package options tideway.queue.WorkerOptions
local Worker = {}
Worker.__index = Worker
Worker.__name = "tideway.Worker"

--- Declares what does the jobs of a queue: what a script returns that `tideway worker` runs. Also `tw.worker`.
---
--- ```lua
--- return tw.worker {
---   queue = "pages",
---   handlers = { fetch = function(job) return tw.http.get(job.payload.url).status end },
--- }
--- ```
---@param options tideway.queue.WorkerOptions An unknown option is an error of kind `usage`.
---@return tideway.Worker
function M.worker(options)
  local known = { queue = "string", database = "any" }
  for name, kind in pairs(WORK) do known[name] = kind end
  options = check_options("tw.worker", options, known)
  for _, name in ipairs { "handlers", "queue" } do
    if not options[name] then errors.raise("usage", "tw.worker: option `" .. name .. "` is required") end
  end
  return setmetatable({ options = options }, Worker)
end

--- Tells whether a value is what `tw.worker` makes.
---@param value any
---@return boolean
---@private
function M.is_worker(value) return getmetatable(value) == Worker end

--- Does the jobs, as `Queue.work`; `given` wins over what the script says.
---@param given {queue: string?, database: string?, num_workers: integer?, until_empty: boolean?}
---@return table counts
---@private
function Worker:run(given)
  local own = self.options
  local queue = M.open(given.queue or own.queue, { database = given.database or own.database })
  local work = {}
  for name in pairs(WORK) do work[name] = own[name] end
  work.num_workers = given.num_workers or own.num_workers
  work.until_empty = given.until_empty or own.until_empty
  return queue:work(work)
end

function Worker:__tostring() return "tideway.Worker: " .. self.options.queue end

return M
