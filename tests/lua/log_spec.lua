local tw = require "tideway"

describe("tw.log", function()
  it("takes any text, and formats only with arguments", function()
    tw.log.debug "100% sure"
    tw.log.debug("%d rows of %s", 3, tw.null)
  end)

  it("has a function for each level", function()
    for _, level in ipairs { "debug", "info", "warn", "error" } do
      expect(type(tw.log[level])):equals "function"
    end
  end)
end)
