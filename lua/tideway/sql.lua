--- Reads and writes SQL databases: PostgreSQL and SQLite behind one face.
---
--- ```lua
--- local db = tw.sql.connect "sqlite:complaints.db"
--- local rows = db:query([[SELECT id, message FROM complaints WHERE reviewed = $1]], { true })
--- print(rows:count())
--- ```
local core = require "tideway.core.sql"

local M = {}

--- How often to try to connect, and how long to wait between.
---@class tideway.sql.Retry
---@field tries? integer Tries in all. Default 3. Wrong credentials are not tried again.
---@field waits_s? number[] Seconds after the first, second, ... try; the last repeats. Default `{ 2, 4, 8 }`.

--- How to connect.
---@class tideway.sql.ConnectOptions
---@field read_only? boolean Refuse `execute` and `insert`; SQLite files are opened read-only. Default true.
---@field pool_size? integer Connections in all, at least 2; one holds the snapshot. Default 8.
---@field connect_timeout_s? number Seconds for one try, for a free connection, for a lock of SQLite. Default 10.
---@field statement_timeout_s? number Seconds for one statement, its reading included; 0 is no limit. Default 0.
---@field retry? tideway.sql.Retry

--- How to read a query.
---@class tideway.sql.QueryOptions
---@field types? table<string, string> Types by column, where the database does not tell them.

--- How to read a small query.
---@class tideway.sql.RowsOptions : tideway.sql.QueryOptions
---@field limit? integer More rows than this are an error. Default 100000.

--- How rows go into a table.
---@class tideway.sql.InsertOptions
---@field create? boolean Make the table, with the columns of the rows; it must not exist. Default false.
---@field mode? "append"|"replace" Whether the rows that are there stay, or go. Default `"append"`.
---@field conflict? "error"|"skip"|"update" For rows whose key is in the table. Default `"error"`.
---@field key? string|string[] Columns of a unique index, for `conflict`; with `create` the primary key.

--- A value for `$1`, `$2`, ...: dates, times and decimals go as their text.
---@alias tideway.sql.Param boolean|number|string|tideway.Secret|tideway.Date|tideway.Time|tideway.Decimal|userdata

--- An open database. All its queries see one state of the data, fixed by the first of them, until
--- `execute` changes it or the database is closed.
---@class tideway.Database
local Database = {}

--- Returns the rows of a query as a lazy dataset: nothing is read until a sink asks.
---
--- Parameters are `$1`, `$2`, ... on every database and never become part of the statement. Order the
--- rows with `ORDER BY` where their order matters. `rows:count()` asks the database to count.
---
--- Column types follow the database's own. PostgreSQL: numeric without precision is a string, exact
--- (`types = { price = "float64" }` reads the nearest number), uuid is a string, an infinite date becomes
--- null with a warning, and types that have no columnar form must be cast to text in the query. SQLite:
--- the declared type counts; an expression has the kind of its first value that is not null, and a later
--- value of another kind is an error, which `types` or a `CAST` avoids.
---
--- Raises when the dataset is read or described: `not_found` (table, column), `usage` (syntax, number of
--- parameters), `auth` (no privilege), `data` (a value its column cannot hold), `timeout`, `database`.
---
--- ```lua
--- local recent = db:query("SELECT id, price FROM sales WHERE day >= $1", { "2024-01-01" }, {
---   types = { price = "float64" },
--- })
--- ```
---@param sql string One statement that reads.
---@param params? tideway.sql.Param[] Values in order; `tw.null` for NULL.
---@param options? tideway.sql.QueryOptions
---@return tideway.Dataset
function Database:query(sql, params, options) return core.query(self, sql, params, options) end

--- Runs one statement and returns how many rows it changed. It is a transaction of its own, unless
--- `transaction` has begun one.
---
--- The database must be connected with `read_only = false`. Later queries see the change. `tideway check`
--- runs no statement: there it returns 0.
---
--- ```lua
--- local db = tw.sql.connect(uri, { read_only = false })
--- db:execute("UPDATE runs SET state = $1 WHERE id = $2", { "done", 17 })
--- ```
---@param sql string One statement.
---@param params? tideway.sql.Param[] Values in order; `tw.null` for NULL.
---@return integer rows
function Database:execute(sql, params) return core.execute(self, sql, params) end

--- Writes the rows of a dataset into a table, all of them or none, and returns how many.
---
--- It is a transaction of its own, unless `transaction` has begun one: an error, Ctrl-C or a kill leaves the
--- table as it was. The database must be connected with `read_only = false`. PostgreSQL takes the rows as
--- binary COPY. They are an output of the run, and its receipt names the table.
---
--- Columns are matched by name; one of the table that the rows do not have gets its default. The table's
--- columns decide how values are stored, and a value that would change is an error that names column and row:
--- integers go where they fit, labels into text by their names, text into whatever the server reads from it
--- (uuid, numeric, date, jsonb, ...), lists into arrays, structs and lists into JSON; a timestamp with a time
--- zone does not go where there is none. SQLite has no NaN.
---
--- With `conflict = "skip"` a row whose key is in the table is left out, with `"update"` it gives the row
--- there its values; the number does not count those left out. PostgreSQL refuses two such rows with one key,
--- in SQLite the later one counts.
---
--- `tideway check` compares columns and types with the table, writes nothing and returns 0.
---
--- Raises `not_found` (no such table), `conflict` (`create` where it exists, a lock of others), `usage`
--- (columns, types, options), `data` (a value that does not fit, a null or key that the table refuses),
--- `auth`, `timeout`, `database`, and what the rows raise.
---
--- ```lua
--- local db = tw.sql.connect(uri, { read_only = false })
--- local n = db:insert("messages", rows)
--- db:insert("departments", departments, { conflict = "update", key = "id" })
--- ```
---@param table string As SQL reads it: `messages`, `archive.messages`, `"Odd Name"` in double quotes.
---@param rows tideway.Dataset
---@param options? tideway.sql.InsertOptions An unknown option is an error of kind `usage`.
---@return integer rows Inserted or updated.
function Database:insert(table, rows, options) return core.insert(self, table, rows, options) end

--- Calls `f` so that all that `execute` and `insert` do meanwhile is kept together, or not at all.
---
--- When `f` raises an error, what its statements did is undone and the error raised again. Queries see the
--- changes only afterwards. Statements that other tasks execute on this database meanwhile belong to the
--- transaction too.
---
--- ```lua
--- db:transaction(function()
---   db:execute("INSERT INTO runs (id) VALUES ($1)", { 17 })
---   db:execute "UPDATE totals SET runs = runs + 1"
--- end)
--- ```
---@generic T
---@param f fun(): T?
---@return T? result What `f` returns.
function Database:transaction(f)
  core.begin(self)
  local ok, result = pcall(f)
  if not ok then
    pcall(core.finish, self, false)
    error(result, 0)
  end
  core.finish(self, true)
  return result
end

--- Reads a small query at once, as a list of tables; NULL is `tw.null`.
---
--- Raises as `query` does, with kind `usage` when there are more rows than `limit`, and with kind
--- `memory` when they take more than a quarter of `--memory`.
---
--- ```lua
--- for _, row in ipairs(db:rows "SELECT name, n FROM departments ORDER BY name") do
---   print(row.name, row.n)
--- end
--- ```
---@param sql string One statement that reads.
---@param params? tideway.sql.Param[] Values in order; `tw.null` for NULL.
---@param options? tideway.sql.RowsOptions
---@return table<string, any>[]
function Database:rows(sql, params, options) return core.take(core.read(self, sql, params, options)) end

--- Returns where the database is, without the password.
---@return string
function Database:uri() return core.uri(self) end

--- Closes the connections; using the database afterwards is an error. Closing again is fine.
function Database:close() return core.close(self) end

function Database:__tostring() return "tideway.Database: " .. core.uri(self) end

core.class("tideway.Database", Database)

--- Connects to a database, with retries.
---
--- URIs: `postgresql://user:password@host:5432/database?sslmode=require` with libpq's parameters
--- (`postgres://` and `postgresql+driver://` too), `sqlite:relative/or/absolute/path.db`. A SQLite file
--- must exist. A host that is not local gets `sslmode=require` unless the URI says otherwise. The password
--- is a secret from here on: no log and no error shows it.
---
--- Raises `auth` (wrong password), `not_found` (no such database or file), `usage` (not a URI), `database`
--- ("database connection failed after 3 tries", with the cause).
---
--- ```lua
--- local db = tw.sql.connect(tw.env "POSTGRES_URL", { statement_timeout_s = 600 })
--- ```
---@param uri string|tideway.Secret
---@param options? tideway.sql.ConnectOptions An unknown option is an error of kind `usage`.
---@return tideway.Database
function M.connect(uri, options) return core.connect(uri, options) end

--- Makes a new, empty SQLite database, open for writing.
---
--- The file appears under its name when the database is closed, whole; one that is never closed leaves
--- nothing behind. Folders are made as needed. Raises `conflict` when the file exists, `usage` for other
--- databases.
---
--- ```lua
--- local db = tw.sql.create "sqlite:out/reviews.db"
--- db:execute "CREATE TABLE reviews (id INTEGER PRIMARY KEY, stars INTEGER)"
--- db:close()
--- ```
---@param uri string `sqlite:path/to/new.db`
---@return tideway.Database
function M.create(uri) return core.create(uri) end

return M
