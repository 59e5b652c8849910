-- JSON comes out as it went in: key order, 1.0, empty arrays, integers beyond 2^53.
--
--> {"id":9007199254740993,"score":1.0,"tags":[],"note":null}
--> {"id":9007199254740993,"score":2.0,"tags":[],"note":null,"checked":true}
--> data	json: parse error at line 1, column 6

local tw = require "tideway"

return tw.pipeline {
  name = "json",

  run = function()
    local row = tw.json.decode '{"id": 9007199254740993, "score": 1.0, "tags": [], "note": null}'
    print(tw.json.encode(row))

    row.score, row.checked = 2, true
    print(tw.json.encode(row))

    local _, problem = pcall(tw.json.decode, '{"a":}')
    print(problem.kind, problem.message:match "^[^:]+: [^:]+")
  end,
}
