local checks = require "checks"
local tw = require "tideway"

local function options(changes)
  local all = { root = "unused", allow = { "bigcode/" }, datasets = { "bigcode/code" } }
  for key, value in pairs(changes) do all[key] = value end
  return all
end

local function refuses(words, changes)
  checks.fails("usage", words, function() tw.mirror.run(options(changes)) end)
end

describe("tw.mirror.run", function()
  it("refuses what is not on the list", function()
    local rest = " is not on the list of what may be mirrored: bigcode/"
    refuses("mirror: other/code" .. rest, { datasets = { "other/code" } })
    refuses("mirror: bigcode2/code" .. rest, { datasets = { "bigcode2/code" } })
    refuses("mirror: bigcode/code is not on the list of what may be mirrored: it is empty", { allow = {} })
    refuses("mirror: other/code" .. rest, { datasets = { "bigcode/code", "other/code" } })
  end)

  it("refuses prefixes that are no namespaces", function()
    refuses('mirror: no prefix of datasets: ""', { allow = { "" } })
    refuses('mirror: no prefix of datasets: "big"', { allow = { "big" } })
    refuses('mirror: no prefix of datasets: "/code"', { allow = { "/code" } })
  end)

  it("refuses names that are none, and one twice", function()
    refuses("hub: not a repository: `bigcode/../code`: a name is of letters, digits and `-._`, with one `/`, and "
      .. "neither begins nor ends with `-` or `.`", { datasets = { "bigcode/../code" } })
    refuses("mirror: bigcode/code is listed twice", { datasets = { "bigcode/code", "bigcode/code@v1" } })
    refuses("mirror: no revision after the @: bigcode/code@", { datasets = { "bigcode/code@" } })
    refuses("mirror: no dataset is named", { datasets = {} })
  end)

  it("refuses numbers that make no sense", function()
    refuses("mirror: lease_s must be at least 0.1: 0", { lease_s = 0 })
    refuses("mirror: at_once must be at least 1: 0", { at_once = 0 })
    refuses("mirror: tries must be at least 1: -1", { tries = -5 })
    refuses("mirror: reserve must be at least 0: -1", { reserve = -1 })
    refuses("mirror: portion must be at least 1: 0", { portion = 0 })
    refuses("mirror: rank must be below world (2): 2", { world = 2, rank = 2 })
    refuses("mirror.run: reserve: not a size: `much`", { reserve = "much" })
  end)

  it("refuses a run that does nothing, no root, and options that are none", function()
    refuses("mirror: nothing is to be done: not download, verify or clean up", { download = false, verify = false })
    refuses("mirror: no `root`, the folder to mirror into", { root = "" })
    refuses("mirror.run: unknown option `dataset`; did you mean `datasets`?", { dataset = "x" })
  end)
end)
