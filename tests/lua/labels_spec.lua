local tw = require "tideway"

describe("tw.labels", function()
  it("numbers a list from 0", function()
    local labels = tw.labels { "NORMAL", "URGENT", "HIGHLY URGENT" }
    expect(labels:id "NORMAL"):equals(0)
    expect(labels:id "HIGHLY URGENT"):equals(2)
    expect(labels:name(1)):equals "URGENT"
    expect(labels.count):equals(3)
    expect(labels:names()):equals { "NORMAL", "URGENT", "HIGHLY URGENT" }
    expect(labels:has "URGENT"):is_true()
    expect(labels:has "urgent"):is_false()
    expect(tostring(labels)):equals "tideway.Labels: NORMAL, URGENT, HIGHLY URGENT"
  end)

  it("takes a table of name = id", function()
    expect(tw.labels({ no = 0, yes = 1 }):names()):equals { "no", "yes" }
  end)

  it("is not changed through what it was made of or gave", function()
    local names = { "a", "b" }
    local labels = tw.labels(names)
    names[1] = "x"
    labels:names()[1] = "y"
    expect(labels:name(0)):equals "a"
  end)

  it("suggests the name that was meant", function()
    local labels = tw.labels { "NORMAL", "URGENT" }
    expect.error({ kind = "data", message = "unknown label: URGNT; did you mean `URGENT`?" },
      labels.id, labels, "URGNT")
    expect.error({ kind = "data", message = "unknown label: nil" }, labels.id, labels, nil)
    expect.error({ kind = "data", message = "no label has the id 2 (0 to 1)" }, labels.name, labels, 2)
    expect.error({ kind = "data" }, labels.name, labels, 0.5)
    expect.error({ kind = "data" }, labels.name, labels, -1)
  end)

  it("refuses lists that are wrong", function()
    for message, names in pairs {
      ["name is given twice: a"] = { "a", "b", "a" },
      ["at least one name"] = {},
      ["not number"] = { 1, 2 },
      ["a text that is not empty"] = { "" },
      ["mixed"] = { "a", b = 1 },
      ["id 0 is given twice: `a` and `b`"] = { a = 0, b = 0 },
      ["ids must be 0 to 1: 1 is missing"] = { a = 0, b = 2 },
      ["id of `a` must be a whole number from 0: 0.5"] = { a = 0.5 },
      ["id of `a` must be a whole number from 0: -1"] = { a = -1 },
      ["not string"] = "abc",
    } do
      expect.error({ kind = "usage", message = message }, tw.labels, names)
    end
  end)
end)
