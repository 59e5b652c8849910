local tw = require "tideway"

local number = 0

-- A fresh database with the table t(id, message, score, day).
local function new_database()
  number = number + 1
  local uri = "sqlite:" .. tw.path.join(tw.path.scratch "sql", number .. ".db")
  local db = tw.sql.create(uri)
  db:execute "CREATE TABLE t (id INTEGER PRIMARY KEY, message TEXT, score REAL, day DATE)"
  db:execute("INSERT INTO t VALUES (1, 'one', 1.0, '2024-02-29'), ($1, $2, 0.5, $3)",
    { 9007199254740993LL, tw.null, tw.null })
  db:close()
  return uri
end

describe("tw.sql", function()
  local db

  before_each(function() db = tw.sql.connect(new_database(), { read_only = false }) end)
  after_each(function() db:close() end)

  it("gives a lazy dataset of a query", function()
    local rows = db:query "SELECT id, message FROM t ORDER BY id"
    expect(tostring(rows)):contains "SELECT id, message FROM t"
    expect(rows:count()):equals(2)
    expect(rows:filter { not_null = "message" }:collect()[1].message):equals "one"
  end)

  it("keeps the kind of every value", function()
    local rows = db:rows "SELECT * FROM t ORDER BY id"
    expect(rows[1].id):equals(1)
    expect(rows[1].score):equals(1.0)
    expect(tostring(rows[1].day)):equals "2024-02-29"
    expect(rows[2].id == 9007199254740993LL):is_true()
    expect(rows[2].message == tw.null):is_true()
    expect(rows[2].day == tw.null):is_true()
  end)

  it("takes parameters, which are never part of the statement", function()
    local text = "it's; DROP TABLE t; --"
    expect(db:rows("SELECT $2 AS b, $1 AS a", { text, 0.5 })[1]):equals { a = text, b = 0.5 }
    expect(#db:rows("SELECT id FROM t WHERE id = $1", { 9007199254740993LL })):equals(1)
    expect(#db:rows("SELECT id FROM t WHERE day = $1", { db:rows("SELECT day FROM t")[1].day })):equals(1)
    expect(db:query("SELECT id FROM t WHERE score < $1", { 0.75 }):count()):equals(1)
  end)

  it("refuses parameters that it cannot send", function()
    for _, case in ipairs {
      { { {} }, "parameter $1 must be" },
      { { [2] = "b" }, "parameter $1 must be" },
      { { name = "a" }, "parameters are a list" },
      { { 1, 2 }, "takes 1 parameters: 2" },
    } do
      expect.error({ kind = "usage", message = case[2] }, db.rows, db, "SELECT $1 AS a", case[1])
    end
  end)

  it("names the type of columns where a query says so", function()
    local rows = db:query("SELECT count(*) AS n FROM t", nil, { types = { n = "float64" } })
    expect(rows:collect()[1].n):equals(2)
    expect.error({ kind = "usage", message = "did you mean `n`" },
      function() return db:query("SELECT 1 AS n", nil, { types = { m = "int64" } }):collect() end)
  end)

  it("says what is wrong with a query when it is read", function()
    for sql, expected in pairs {
      ["SELECT * FROM complaints"] = { kind = "not_found", message = "complaints" },
      ["SELECT massage FROM t"] = { kind = "not_found", message = "massage" },
      ["SELECT id FORM t x"] = { kind = "usage", message = "line 1, column" },
      ["DELETE FROM t"] = { kind = "usage", message = "not a query" },
    } do
      local rows = db:query(sql)
      expect.error(expected, rows.collect, rows)
    end
  end)

  it("refuses more rows than a script should hold", function()
    expect(#db:rows("SELECT id FROM t", nil, { limit = 2 })):equals(2)
    expect.error({ kind = "usage", message = "more than 1 rows" },
      db.rows, db, "SELECT id FROM t", nil, { limit = 1 })
  end)

  it("writes and sees what it wrote", function()
    expect(db:execute("UPDATE t SET message = $1", { "same" })):equals(2)
    expect(db:rows("SELECT DISTINCT message FROM t")):equals { { message = "same" } }
  end)

  it("keeps a transaction whole, or undoes it", function()
    local result = db:transaction(function()
      db:execute "DELETE FROM t WHERE id = 1"
      return "done"
    end)
    expect(result):equals "done"
    expect(db:query("SELECT id FROM t"):count()):equals(1)
    expect.error({ message = "stop" }, db.transaction, db, function()
      db:execute "DELETE FROM t"
      error "stop"
    end)
    expect(db:query("SELECT id FROM t"):count()):equals(1)
  end)

  it("reads in tasks side by side", function()
    local counts = {}
    tw.each({ 1, 2, 3, 4 }, { concurrency = 4 }, function(i)
      counts[i] = #db:rows("SELECT id FROM t")
    end)
    expect(counts):equals { 2, 2, 2, 2 }
  end)

  it("raises once it is closed, and closes twice", function()
    local other = tw.sql.connect(db:uri())
    other:close()
    other:close()
    expect.error({ message = "closed" }, other.rows, other, "SELECT 1 AS one")
  end)

  it("refuses to write what is open for reading", function()
    local other = tw.sql.connect(db:uri())
    expect.error({ kind = "usage", message = "reading only" }, other.execute, other, "DELETE FROM t")
    other:close()
  end)
end)

describe("tw.sql insert", function()
  local db
  local rows = tw.dataset.from_rows {
    { id = 3, message = "three", score = 1.5 },
    { id = 4, message = tw.null, score = tw.null },
  }

  before_each(function() db = tw.sql.connect(new_database(), { read_only = false }) end)
  after_each(function() db:close() end)

  it("writes the rows of a dataset and says how many", function()
    expect(db:insert("t", rows)):equals(2)
    expect(db:rows "SELECT id, message, score FROM t WHERE id = 3"):equals {
      { id = 3, message = "three", score = 1.5 },
    }
    expect(db:rows("SELECT message FROM t WHERE id = 4")[1].message == tw.null):is_true()
  end)

  it("makes the table where it is told to", function()
    expect(db:insert("made", rows, { create = true, key = "id" })):equals(2)
    expect(db:query("SELECT * FROM made"):count()):equals(2)
    expect.error({ kind = "conflict", message = "exists already: made" },
      db.insert, db, "made", rows, { create = true })
  end)

  it("replaces, skips and updates", function()
    expect(db:insert("t", rows, { mode = "replace" })):equals(2)
    expect(db:insert("t", rows, { conflict = "skip" })):equals(0)
    local changed = tw.dataset.from_rows { { id = 3, message = "new" }, { id = 5, message = "five" } }
    expect(db:insert("t", changed, { conflict = "update", key = { "id" } })):equals(2)
    expect(db:rows "SELECT id, score, message FROM t WHERE id IN (3, 5)"):equals {
      { id = 3, score = 1.5, message = "new" },
      { id = 5, score = tw.null, message = "five" },
    }
  end)

  it("keeps all rows or none", function()
    local twice = tw.dataset.from_rows { { id = 7 }, { id = 1 } }
    expect.error({ kind = "data", message = "(row 2)" }, db.insert, db, "t", twice)
    local failing = rows:map("message", function(text) return error "no good: " .. text end)
    expect.error({ message = "no good" }, db.insert, db, "t", failing)
    expect(db:query("SELECT id FROM t"):count()):equals(2)
  end)

  it("is part of a transaction", function()
    expect.error({ message = "stop" }, db.transaction, db, function()
      expect(db:insert("t", rows)):equals(2)
      error "stop"
    end)
    expect(db:query("SELECT id FROM t"):count()):equals(2)
    db:transaction(function() db:insert("t", rows) end)
    expect(db:query("SELECT id FROM t"):count()):equals(4)
  end)

  it("refuses what it cannot do by name", function()
    for _, case in ipairs {
      { { modes = "append" }, "unknown option `modes`" },
      { { mode = "apend" }, 'option `mode` must be "append" or "replace", not "apend"; did you mean `append`?' },
      { { conflict = "ignore" }, 'must be "error" or "skip" or "update", not "ignore"' },
      { { conflict = "update" }, "needs `key`" },
      { { create = 1 }, "create" },
    } do
      expect.error({ kind = "usage", message = case[2] }, db.insert, db, "t", rows, case[1])
    end
    expect.error({ kind = "not_found", message = "no such table: u" }, db.insert, db, "u", rows)
    expect.error({ kind = "usage", message = "no column `massage`; did you mean `message`?" },
      db.insert, db, "t", rows:rename { message = "massage" })
    local other = tw.sql.connect(db:uri())
    local err = expect.error({ kind = "usage", message = "reading only" }, other.insert, other, "t", rows)
    expect(err.hint):contains "read_only = false"
    other:close()
  end)
end)

describe("tw.sql.connect", function()
  it("refuses wrong options by name", function()
    for options, message in pairs {
      [{ pool = 2 }] = "unknown option `pool`",
      [{ pool_size = 1 }] = "pool_size must be at least 2: 1",
      [{ retry = { tries = 0 } }] = "tries must be at least 1: 0",
      [{ retry = { wait_s = {} } }] = "did you mean `waits_s`?",
      [{ retry = { waits_s = 1 } }] = "waits_s must be a list",
    } do
      expect.error({ kind = "usage", message = message }, tw.sql.connect, "sqlite:x.db", options)
    end
  end)

  it("names the schemes it knows, and no password", function()
    local err = expect.error({ kind = "usage", message = "unknown URI scheme: mysql" },
      tw.sql.connect, "mysql://u:hunter2hunter2@h/d")
    expect(err.hint):contains "postgresql://"
    expect(tostring(err):find "hunter2"):is_nil()
    err = expect.error({ kind = "database", message = "failed after 1 try" },
      tw.sql.connect, "postgresql://u:hunter2hunter2@127.0.0.1:1/d", { retry = { tries = 1 } })
    expect(tostring(err):find "hunter2"):is_nil()
  end)

  it("makes no file", function()
    expect.error({ kind = "not_found", message = "no/such.db" }, tw.sql.connect, "sqlite:no/such.db")
  end)

  it("accepts a secret", function()
    local db = tw.sql.connect(tw.env("TIDEWAY_TEST_DATABASE", new_database()))
    expect(#db:rows "SELECT id FROM t"):equals(2)
    db:close()
    local err = expect.error({ kind = "usage", message = "env: variable is not set: TIDEWAY_TEST_UNSET" },
      tw.sql.connect, tw.env "TIDEWAY_TEST_UNSET")
    expect(err.hint):contains "export TIDEWAY_TEST_UNSET="
  end)
end)

describe("tw.sql.create", function()
  it("shows the file only when it is closed", function()
    local file = tw.path.join(tw.path.scratch "sql", "made", "new.db")
    local db = tw.sql.create("sqlite:" .. file)
    db:execute "CREATE TABLE t (id INTEGER)"
    expect(tw.path.exists(file)):is_false()
    db:close()
    expect(tw.path.exists(file)):is_true()
    expect.error({ kind = "conflict", message = "exists already" }, tw.sql.create, "sqlite:" .. file)
  end)

  it("makes SQLite files only", function()
    expect.error({ kind = "usage", message = "cannot create" }, tw.sql.create, "postgresql://h/d")
  end)
end)
