--- Expressions over the columns of a row: conditions and values that native code computes.
---
--- `rows:filter`, `rows:with` take them. They run on every core, many rows at a time, where a Lua
--- function runs row by row; `tideway check` finds unknown columns and wrong types in them without
--- running anything.
---
--- ```lua
--- local col = tw.col
--- rows = rows
---   :filter(col("stars"):ge(4):and_(col("text"):length():gt(20)))
---   :with { price_eur = col "price" * 0.92, source = "reviews" }
--- ```
---
--- **Comparing.** Lua's `==`, `<`, `and`, `or` and `not` cannot be used on expressions: use the
--- methods `eq`, `lt`, `and_`, `or_`, `not_` and their kin. The other side is an expression or a
--- value: a number, `tw.int64`, text, boolean, time, date or decimal. Values of different kinds, as
--- a text and a number, are an error of kind `usage`, never converted. All integers and floats
--- compare as the numbers they are: 9007199254740993 is greater than 9007199254740992.0. NaN equals
--- nothing. Texts are ordered by their bytes.
---
--- **Nulls.** A null makes a result null, as in SQL; `false` and null is false, `true` or null is
--- true. `filter` drops rows whose condition is null. So `x:ne(1)` drops the nulls of x too; write
--- `x:ne(1):or_(x:is_null())` to keep them.
---
--- **Calculating.** `+`, `-`, `*` of integers give `int64`, and a result beyond its range is an
--- error of kind `data` that tells values and row. With a float they give `float64`; `/` always
--- does, and by zero it gives infinity or NaN. An integer that no float holds is such an error too.
--- `..` joins texts.
local core = require "tideway.core.col"
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

--- An expression over the columns of a row. It never changes: each method gives a new one.
---@class tideway.Expression
---@operator add(tideway.Expression|number): tideway.Expression
---@operator sub(tideway.Expression|number): tideway.Expression
---@operator mul(tideway.Expression|number): tideway.Expression
---@operator div(tideway.Expression|number): tideway.Expression
---@operator unm: tideway.Expression
---@operator concat(tideway.Expression|string): tideway.Expression
local Expression = {}

---@alias tideway.Operand tideway.Expression|number|string|boolean|table

--- Gives the value of a column as an expression.
---
--- ```lua
--- rows:filter(tw.col "stars":ge(4))
--- ```
---@param name string
---@return tideway.Expression
function M.col(name) return core.col(name) end

-- comparing

--- Tells whether both are equal; null where one is null.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:eq(other) return core.call("eq", self, other) end

--- Tells whether both differ; null where one is null.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:ne(other) return core.call("ne", self, other) end

--- Tells whether this is less.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:lt(other) return core.call("lt", self, other) end

--- Tells whether this is less or equal.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:le(other) return core.call("le", self, other) end

--- Tells whether this is greater.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:gt(other) return core.call("gt", self, other) end

--- Tells whether this is greater or equal.
---@param other tideway.Operand
---@return tideway.Expression condition
function Expression:ge(other) return core.call("ge", self, other) end

--- Tells whether the value is one of a list, however long; null where it is null.
---
--- A listed value that the column can never have, as 2.5 in an `int64` column, is an error of kind
--- `usage`.
---
--- ```lua
--- rows:filter(tw.col "language":is_in { "Lua", "C++" })
--- ```
---@param list (number|string|boolean|table)[]
---@return tideway.Expression condition
function Expression:is_in(list) return core.is_in(self, list) end

--- Tells whether the value is null. Never null itself.
---@return tideway.Expression condition
function Expression:is_null() return core.call("is_null", self) end

--- Tells whether the value is there. Never null itself.
---@return tideway.Expression condition
function Expression:not_null() return core.call("not_null", self) end

--- Tells whether a float is NaN.
---@return tideway.Expression condition
function Expression:is_nan() return core.call("is_nan", self) end

-- conditions

--- Tells whether this condition and all others are true.
---
--- ```lua
--- rows:filter(tw.col "stars":ge(4):and_(tw.col "text":not_null()))
--- ```
---@param ... tideway.Expression
---@return tideway.Expression condition
function Expression:and_(...) return core.call("and", self, ...) end

--- Tells whether this condition or one of the others is true.
---@param ... tideway.Expression
---@return tideway.Expression condition
function Expression:or_(...) return core.call("or", self, ...) end

--- Turns true to false and false to true; null stays null.
---@return tideway.Expression condition
function Expression:not_() return core.call("not", self) end

-- texts

--- Counts the characters (code points) of a text, or the items of a list.
---@return tideway.Expression integer `int64`
function Expression:length() return core.call("length", self) end

--- Counts the bytes of a text, in UTF-8.
---@return tideway.Expression integer `int64`
function Expression:bytes() return core.call("bytes", self) end

--- Gives a text in lower case, as Unicode has it.
---@return tideway.Expression text
function Expression:lower() return core.call("lower", self) end

--- Gives a text in upper case, as Unicode has it.
---@return tideway.Expression text
function Expression:upper() return core.call("upper", self) end

--- Gives a text without white space (Unicode's) at both ends.
---@return tideway.Expression text
function Expression:trim() return core.call("trim", self) end

--- Tells whether a text has another one in it.
---@param text string No pattern: every character stands for itself.
---@return tideway.Expression condition
function Expression:contains(text) return core.call("contains", self, text) end

--- Tells whether a text begins with another one.
---@param text string
---@return tideway.Expression condition
function Expression:starts_with(text) return core.call("starts_with", self, text) end

--- Tells whether a text ends with another one.
---@param text string
---@return tideway.Expression condition
function Expression:ends_with(text) return core.call("ends_with", self, text) end

--- Tells whether a regular expression (RE2's syntax) matches somewhere in a text.
---
--- A broken pattern is an error of kind `usage`.
---
--- ```lua
--- rows:filter(tw.col "email":matches [[^[^@ ]+@[^@ ]+$]])
--- ```
---@param pattern string `^` and `$` stand for the ends of the text; `(?i)` ignores case.
---@return tideway.Expression condition
function Expression:matches(pattern) return core.call("matches", self, pattern) end

--- Replaces every occurrence of a text in a text.
---@param old string No pattern, and not empty.
---@param new string
---@return tideway.Expression text
function Expression:replace(old, new) return core.call("replace", self, old, new) end

-- values

--- Gives the value as another type.
---
--- A value that the type does not hold is an error of kind `data` that tells value and row: 300 as
--- `int8`, 1.5 or `"1.5"` as `int64`, 9007199254740993 as `float64`, `"yes"` as `bool`. These round:
--- floats as narrower floats and as decimals, a time as a date (in its zone). A time without a zone
--- is taken as UTC where it gets one.
---
--- ```lua
--- rows:with { year = tw.col "year":cast "int64" }
--- ```
---@param type string As `int64`, `float64`, `string`, `timestamp[us]`, `decimal128(10, 2)`.
---@return tideway.Expression
function Expression:cast(type) return core.call("cast", self, type) end

--- Gives the value, or another one where it is null.
---
--- ```lua
--- rows:with { votes = tw.col "votes":coalesce(0) }
--- ```
---@param other tideway.Operand Of the same kind.
---@return tideway.Expression
function Expression:coalesce(other) return core.call("coalesce", self, other) end

function Expression.__add(a, b) return core.call("add", a, b) end
function Expression.__sub(a, b) return core.call("sub", a, b) end
function Expression.__mul(a, b) return core.call("mul", a, b) end
function Expression.__div(a, b) return core.call("div", a, b) end
function Expression.__unm(a) return core.call("neg", a) end
function Expression.__concat(a, b) return core.call("join", a, b) end

local function no_operator(symbol, method)
  return function(a, b)
    errors.raise("usage", ("col: `%s` cannot compare %s with %s"):format(symbol,
      values.type_name(a), values.type_name(b)), "use the method :" .. method .. "()")
  end
end

Expression.__eq = no_operator("==", "eq")
Expression.__lt = no_operator("<", "lt")
Expression.__le = no_operator("<=", "le")

function Expression:__tostring() return core.text(self) end

core.class("tideway.Expression", Expression)

return M
