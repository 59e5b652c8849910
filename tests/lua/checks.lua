-- What several specs of datasets expect, in fewer words.
local M = {}

function M.equal(got, expected)
  if got ~= expected then
    error(("expected %q, got %q"):format(tostring(expected), tostring(got)), 2)
  end
end

-- `f` raises an error of this kind with exactly this message; returns its hint.
function M.fails(kind, message, f)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  M.equal(err.message, message)
  M.equal(err.kind, kind)
  return err.hint
end

return M
