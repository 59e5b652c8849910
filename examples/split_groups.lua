-- Splits that do not leak: a user's reviews stay together, and rows stay where they are.
--
--> train	80	20
--> test	20	5
--> users in both	0
--> against in test	5
--> moved	0
--> capped	25

local tw = require "tideway"

local function reviews(n)
  local rows = {}
  for i = 1, n do
    rows[i] = { id = i, user = "user " .. math.ceil(i / 4), stance = i % 4 == 0 and "against" or "for" }
  end
  return tw.dataset.from_rows(rows)
end

local function users(dataset)
  local seen, count = {}, 0
  for row in dataset:distinct("user"):rows() do seen[row.user], count = true, count + 1 end
  return seen, count
end

return tw.pipeline {
  name = "split_groups",

  run = function()
    local rows = reviews(100)
    local parts = rows:split {
      train = 0.8, test = 0.2,
      group = "user", stratify = "stance", seed = 42,
    }
    local in_train = users(parts.train)
    local in_both = 0
    for user in pairs((users(parts.test))) do in_both = in_both + (in_train[user] and 1 or 0) end
    for _, name in ipairs(parts) do print(name, parts[name]:count(), (select(2, users(parts[name])))) end
    print("users in both", in_both)
    print("against in test", parts.test:filter(tw.col "stance":eq "against"):count())

    local function stable(dataset)
      return dataset:split {
        train = 0.8, test = 0.2,
        assign = "hash", key = "user", seed = 42,
      }
    end
    local before, after = users(stable(rows).test), users(stable(reviews(400)).test)
    local moved = 0
    for user in pairs(before) do moved = moved + (after[user] and 0 or 1) end
    print("moved", moved)

    local small = rows:split {
      train = 0.8, test = 0.2,
      stratify = "stance", caps = { train = 25 }, seed = 42,
    }
    print("capped", small.train:count())
  end,
}
