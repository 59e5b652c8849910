local tw = require "tideway"

-- A folder of this test's own; `use` gets its path.
local function in_folder(use)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder) == 0)
  local ok, err = pcall(use, folder)
  os.execute("rm -rf " .. folder)
  if not ok then error(err, 0) end
end

local function put(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

local function equal(got, expected)
  if got ~= expected then
    error(("expected %s, got %s"):format(tostring(expected), tostring(got)), 2)
  end
end

local function fails(kind, words, f)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. words)
  equal(err.kind, kind)
  assert(err.message:find(words, 1, true), err.message)
  return err
end

-- "id:int64 text:string"
local function types(rows)
  local list = {}
  for i, column in ipairs(rows:columns()) do list[i] = column.name .. ":" .. column.type end
  return table.concat(list, " ")
end

describe("paths", function()
  it("match folders at any depth by two stars, each file once", function()
    in_folder(function(folder)
      assert(os.execute(("mkdir -p '%s/d/b[1]/c' %s/d/.hidden"):format(folder, folder)) == 0)
      put(folder .. "/d/2.csv", "n\n1\n")
      put(folder .. "/d/b[1]/1.csv", "n\n2\n")
      put(folder .. "/d/b[1]/c/0.csv", "n\n3\n")
      put(folder .. "/d/.hidden/0.csv", "n\n4\n")
      assert(os.execute(("ln -s . %s/d/loop"):format(folder)) == 0)
      local function read(pattern)
        local list = {}
        for i, row in ipairs(tw.dataset.csv(folder .. pattern):collect()) do list[i] = row.n end
        return table.concat(list, " ")
      end
      equal(read "/d/**/*.csv", "1 2 3")
      equal(read "/**/**/c/**/*.csv", "3")
      equal(read "/d/b*/**/[01].csv", "2 3")
      fails("not_found", "no file matches", function() read "/d/**/*.parquet" end)
    end)
  end)
end)

describe("dataset.csv", function()
  it("reads types that change no value", function()
    in_folder(function(folder)
      local rows = tw.dataset.csv(put(folder .. "/a.csv", 'id,zip,text\n1,007,"a, b"\n2,010,\n'))
      equal(types(rows), "id:int64 zip:string text:string")
      local list = rows:collect()
      equal(list[1].text, "a, b")
      equal(list[2].zip, "010")
      equal(list[2].text, tw.null)
    end)
  end)

  it("takes delimiter, names, types and nulls", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.csv", "1;x\n-;y\n")
      local rows = tw.dataset.csv(path, {
        delimiter = ";",
        header = false,
        columns = { "n", "s" },
        types = { n = "float32" },
        nulls = { "-" },
      })
      equal(types(rows), "n:float s:string")
      equal(rows:collect()[2].n, tw.null)
    end)
  end)

  it("names file and line of a broken record", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.csv", "a,b\n1,2\n3\n")
      fails("data", path .. ":3: 1 field where there are 2 columns", function()
        tw.dataset.csv(path):count()
      end)
    end)
  end)

  it("suggests the option that was meant", function()
    fails("usage", "did you mean `delimiter`?", function()
      tw.dataset.csv("a.csv", { delimeter = ";" })
    end)
    fails("not_found", "none.csv", function() tw.dataset.csv("none.csv"):count() end)
  end)
end)

describe("dataset.csv of a .tsv file", function()
  it("cuts at tabs, and where a delimiter is given, at that", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.tsv", "id\ttext\n1\ta, b\n")
      equal(tw.dataset.csv(path):collect()[1].text, "a, b")
      equal(types(tw.dataset.csv(path, { delimiter = ";" })), "id\ttext:string")
      put(folder .. "/b.csv", "id,text\n2,c\n")
      equal(tw.dataset.csv(folder):count(), 2)
    end)
  end)
end)

describe("dataset.text", function()
  it("gives a row for each line", function()
    in_folder(function(folder)
      local rows = tw.dataset.text(put(folder .. "/a.txt", "one\r\n\ntwo"))
      equal(types(rows), "text:string")
      local list = rows:collect()
      equal(#list, 3)
      equal(list[1].text, "one")
      equal(list[2].text, "")
    end)
  end)

  it("names file and line of what is not UTF-8", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.txt", "one\n\255\n")
      fails("data", path .. ":2: text that is not UTF-8", function()
        tw.dataset.text(path):count()
      end)
    end)
  end)
end)

describe("dataset.files", function()
  it("gives the files of a folder with their contents", function()
    in_folder(function(folder)
      assert(os.execute(("mkdir %s/d"):format(folder)) == 0)
      put(folder .. "/d/b.bin", "\0\255")
      put(folder .. "/a.txt", "text")
      local rows = tw.dataset.files(folder)
      equal(types(rows), "path:string size:int64 content:binary")
      local list = rows:collect()
      equal(list[1].path, "a.txt")
      equal(list[1].content, "text")
      equal(list[2].path, "d/b.bin")
      equal(list[2].content, "\0\255")
      equal(rows:filter(function(row) return row.path:find "%.bin$" end):count(), 1)
      equal(types(rows:select("size", "path")), "size:int64 path:string")
      rows:write_parquet(folder .. "/../out.parquet")
      os.remove(folder .. "/../out.parquet")
    end)
  end)
end)

describe("dataset.jsonl", function()
  it("keeps kinds: int64, floats that are whole, lists, objects, null", function()
    in_folder(function(folder)
      local text = '{"n": 9007199254740993, "f": 1.0}\n{"l": [], "o": {"x": 1}}\n'
      local path = put(folder .. "/a.jsonl", text)
      local rows = tw.dataset.jsonl(path)
      equal(types(rows), "n:int64 f:double l:list<item: null> o:struct<x: int64>")
      local list = rows:collect()
      equal(tostring(list[1].n), "9007199254740993LL")
      equal(list[1].l, tw.null)
      equal(#list[2].l, 0)
      equal(list[2].o.x, 1)
    end)
  end)

  it("names file and line of a broken line", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.jsonl", '{"a": 1}\n{"a": }\n')
      fails("data", path .. ":2: broken JSON", function() tw.dataset.jsonl(path):head() end)
    end)
  end)
end)

describe("write_parquet", function()
  local rows = tw.dataset.from_rows { { id = 1, text = "a" }, { id = 2, text = tw.null } }

  it("writes a file that reads back", function()
    in_folder(function(folder)
      local files = rows:write_parquet(folder .. "/a.parquet")
      equal(#files, 1)
      equal(files[1].rows, 2)
      equal(#files[1].sha256, 64)
      local read = tw.dataset.parquet(folder .. "/a.parquet")
      equal(read:count(), 2)
      equal(read:collect()[2].text, tw.null)
      local narrow = tw.dataset.parquet(folder .. "/a.parquet", { columns = { "text" } })
      equal(types(narrow), "text:string")
    end)
  end)

  it("keeps label names in the file", function()
    in_folder(function(folder)
      local labelled = tw.dataset.from_rows({ { word = "yes" }, { word = "no" } })
        :encode("word", { "no", "yes" }, { as = "label" })
      labelled:write_parquet(folder .. "/a.parquet")
      equal(tw.dataset.parquet(folder .. "/a.parquet"):collect()[1].label, 1)
    end)
  end)

  it("writes a folder with a manifest, and replaces it whole", function()
    in_folder(function(folder)
      local out = folder .. "/out"
      equal(rows:write_parquet(out)[1].name, "train-00000-of-00001.parquet")
      local parts = { big = rows, small = rows:filter(function(row) return row.id == 1 end) }
      local files = tw.dataset.write_parquet(parts, out)
      equal(files[1].part, "big")
      equal(files[2].rows, 1)
      local file = assert(io.open(out .. "/manifest.json"))
      local manifest = tw.json.decode(file:read "*a")
      file:close()
      equal(#manifest.shards, 2)
      equal(manifest.shards[2].sha256, files[2].sha256)
      equal(io.open(out .. "/train-00000-of-00001.parquet"), nil)
    end)
  end)

  it("names an address without what may be secret in it", function()
    local plan = tw.dataset.parquet("https://host.example/a.parquet?token=abc"):filter(tw.col "x":gt(1)):plan()
    equal(plan:match "https://host.example/a.parquet" ~= nil, true)
    equal(plan:match "abc", nil)
  end)

  it("passes over row groups without a match", function()
    in_folder(function(folder)
      local list = {}
      for id = 1, 100 do list[id] = { id = id, text = "row " .. id } end
      tw.dataset.from_rows(list):write_parquet(folder .. "/out", { max_shard_rows = 10 })
      local found = tw.dataset.parquet(folder .. "/out"):filter(tw.col "id":gt(95)):select "text"
      equal(found:count(), 5)
      equal(found:head(1)[1].text, "row 96")
      equal(found:plan():match "row groups where id > 95" ~= nil, true)
    end)
  end)

  it("cuts shards by rows, or into so many", function()
    in_folder(function(folder)
      local write = { "write_parquet", "write_arrow", "write_jsonl", "write_csv" }
      for _, name in ipairs(write) do
        local files = rows[name](rows:concat(rows), folder .. "/" .. name, { shards = 3 })
        equal(#files, 3)
        equal(files[1].rows + files[2].rows + files[3].rows, 4)
        equal(files[1].rows, 2)
        equal(#rows[name](rows, folder .. "/" .. name, { max_shard_rows = 1 }), 2)
      end
      local files = tw.dataset.write_csv({ a = rows, b = rows }, folder .. "/parts", { shards = 2 })
      equal(files[4].name, "b-00001-of-00002.csv")
    end)
  end)

  it("takes the parts of a split as they come", function()
    in_folder(function(folder)
      local files = tw.dataset.write_parquet(rows:split { a = 0.5, b = 0.5 }, folder .. "/out")
      equal(files[1].rows + files[2].rows, 2)
    end)
  end)

  it("refuses a folder with files of others", function()
    in_folder(function(folder)
      put(folder .. "/notes.txt", "mine")
      fails("conflict", "notes.txt", function() rows:write_parquet(folder) end)
    end)
  end)

  it("refuses wrong arguments by name", function()
    fails("usage", "max_shard_bytes must be at least 1: 0", function()
      rows:write_parquet("x", { max_shard_bytes = 0 })
    end)
    fails("usage", "shards must be at least 1: 0", function() rows:write_parquet("x", { shards = 0 }) end)
    fails("usage", "shards goes with no other rule", function()
      rows:write_parquet("x", { shards = 2, max_shard_rows = 1 })
    end)
    fails("usage", "one file has no shards: x.parquet", function()
      rows:write_parquet("x.parquet", { shards = 1 })
    end)
    fails("usage", "part `a` is not a dataset", function()
      tw.dataset.write_parquet({ a = 1 }, "x")
    end)
    fails("usage", "a table of datasets by name", function() tw.dataset.write_parquet(1, "x") end)
    fails("usage", "not a name for a part: `a b`", function()
      rows:write_parquet("x", { stem = "a b" })
    end)
  end)
end)

local function text_of(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("write_jsonl", function()
  local rows = tw.dataset.from_rows {
    { id = 1, text = 'a "b"', score = 0.5, tags = { "x", "y" } },
    { id = 2, text = "", score = tw.null, tags = {} },
  }

  it("writes a file that reads back", function()
    in_folder(function(folder)
      for _, name in ipairs { "/a.jsonl", "/a.jsonl.gz", "/a.ndjson.zst" } do
        local files = rows:write_jsonl(folder .. name)
        equal(files[1].rows, 2)
        local read = tw.dataset.jsonl(folder .. name)
        equal(types(read), types(rows))
        local list = read:collect()
        equal(list[1].text, 'a "b"')
        equal(list[1].tags[2], "y")
        equal(list[2].text, "")
        equal(list[2].score, tw.null)
      end
      equal(text_of(folder .. "/a.jsonl"):match "[^\n]*",
        tw.json.encode(tw.dataset.jsonl(folder .. "/a.jsonl"):head(1)[1]))
    end)
  end)

  it("writes the parts of a split to one folder", function()
    in_folder(function(folder)
      local files = tw.dataset.write_jsonl(rows:split { a = 0.5, b = 0.5 }, folder .. "/out")
      equal(files[1].name, "a-00000-of-00001.jsonl")
      equal(tw.dataset.jsonl(folder .. "/out"):count(), 2)
      equal(rows:write_jsonl(folder .. "/out", { max_shard_bytes = 1, stem = "s" })[2].name,
        "s-00001-of-00002.jsonl")
    end)
  end)

  it("refuses what JSON cannot hold", function()
    in_folder(function(folder)
      local odd = rows:map(function() return { score = 0 / 0 } end)
      local err = fails("data", "column `score`: JSON has no", function()
        odd:write_jsonl(folder .. "/a.jsonl")
      end)
      assert(err.message:find("(row 1)", 1, true), err.message)
      fails("usage", "a path that ends as files of another kind do", function()
        rows:write_jsonl(folder .. "/a.json")
      end)
    end)
  end)
end)

describe("write_csv", function()
  local rows = tw.dataset.from_rows {
    { id = 1, text = 'a "b", c', other = "x" },
    { id = 2, text = "", other = tw.null },
  }

  it("writes a file that reads back, empty strings and nulls apart", function()
    in_folder(function(folder)
      rows:write_csv(folder .. "/a.csv")
      equal(text_of(folder .. "/a.csv"), 'id,other,text\n1,x,"a ""b"", c"\n2,,""\n')
      local list = tw.dataset.csv(folder .. "/a.csv"):collect()
      equal(list[1].text, 'a "b", c')
      equal(list[2].text, "")
      equal(list[2].other, tw.null)
    end)
  end)

  it("takes a delimiter, and tabs from the name", function()
    in_folder(function(folder)
      rows:write_csv(folder .. "/a.csv", { delimiter = ";" })
      equal(text_of(folder .. "/a.csv"):match "[^\n]*", "id;other;text")
      rows:write_csv(folder .. "/a.tsv")
      equal(text_of(folder .. "/a.tsv"):match "[^\n]*", "id\tother\ttext")
      equal(tw.dataset.write_csv({ t = rows }, folder .. "/out", { delimiter = "|" })[1].name,
        "t-00000-of-00001.csv")
    end)
  end)

  it("refuses columns that are no single values, and wrong options", function()
    in_folder(function(folder)
      fails("usage", "column `l`: a field cannot hold list<item: int64>", function()
        tw.dataset.from_rows({ { l = { 1 } } }):write_csv(folder .. "/a.csv")
      end)
      fails("usage", "delimiter must be one byte: ;;", function()
        rows:write_csv(folder .. "/a.csv", { delimiter = ";;" })
      end)
      fails("usage", "did you mean `delimiter`?", function()
        rows:write_csv(folder .. "/a.csv", { delimeter = ";" })
      end)
    end)
  end)
end)

describe("on_error = drop", function()
  it("leaves broken records out, whatever the format", function()
    in_folder(function(folder)
      local drop = { on_error = "drop" }
      local csv = tw.dataset.csv(put(folder .. "/a.csv", "n,s\n1,x\n2\n3,y\n"), drop)
      equal(types(csv), "n:int64 s:string")
      equal(csv:count(), 2)
      equal(tw.dataset.jsonl(put(folder .. "/a.jsonl", '{"n": 1}\n{"n": \n'), drop):count(), 1)
      equal(tw.dataset.text(put(folder .. "/a.txt", "a\n\255\nb\n"), drop):count(), 2)
      fails("usage", "dataset.csv: on_error must be one of `refuse`, `drop`: `dorp`; did you mean `drop`?",
        function() tw.dataset.csv("a.csv", { on_error = "dorp" }) end)
    end)
  end)
end)

describe("write_arrow", function()
  local rows = tw.dataset.from_rows {
    { id = 1, text = "a", tags = { "x" } }, { id = 2, text = tw.null, tags = {} },
  }

  it("writes files and folders that read back", function()
    in_folder(function(folder)
      for _, name in ipairs { "/a.arrow", "/a.feather" } do
        for _, compression in ipairs { "none", "zstd" } do
          equal(rows:write_arrow(folder .. name, { compression = compression })[1].rows, 2)
          local read = tw.dataset.arrow(folder .. name)
          equal(types(read), types(rows))
          equal(read:collect()[1].tags[1], "x")
          equal(read:collect()[2].text, tw.null)
        end
      end
      local files = tw.dataset.write_arrow(rows:split { a = 0.5, b = 0.5 }, folder .. "/out")
      equal(files[1].name, "a-00000-of-00001.arrow")
      equal(tw.dataset.arrow(folder .. "/out"):count(), 2)
      fails("usage", "compression must be one of `none`, `zstd`: `lz4`", function()
        rows:write_arrow(folder .. "/a.arrow", { compression = "lz4" })
      end)
    end)
  end)

  it("names the file that is no Arrow file", function()
    in_folder(function(folder)
      local path = put(folder .. "/a.arrow", "ARROW1\0\0 and then nothing")
      fails("data", "read.arrow: cannot read " .. path, function() tw.dataset.arrow(path):count() end)
    end)
  end)
end)

describe("tee", function()
  it("writes several formats in one pass", function()
    in_folder(function(folder)
      local rows = tw.dataset.from_rows { { id = 1, text = "a" }, { id = 2, text = tw.null } }
      local files = rows:tap("all"):tee {
        parquet = folder .. "/a.parquet", jsonl = folder .. "/b", csv = folder .. "/c.csv.gz",
        arrow = folder .. "/d.arrow",
      }
      equal(files.arrow[1].rows, 2)
      equal(tw.dataset.arrow(folder .. "/d.arrow"):collect()[1].text, "a")
      equal(files.parquet[1].rows, 2)
      equal(files.jsonl[1].name, "train-00000-of-00001.jsonl")
      equal(tw.dataset.parquet(folder .. "/a.parquet"):count(), 2)
      equal(tw.dataset.jsonl(folder .. "/b/*.jsonl"):collect()[2].text, tw.null)
      equal(tw.dataset.csv(folder .. "/c.csv.gz"):collect()[1].text, "a")
    end)
  end)

  it("publishes nothing where one format cannot hold the rows", function()
    in_folder(function(folder)
      local rows = tw.dataset.from_rows { { x = 0 / 0 } }
      fails("data", "(row 1)", function()
        rows:tee { parquet = folder .. "/a.parquet", jsonl = folder .. "/b.jsonl" }
      end)
      fails("not_found", "a.parquet", function() tw.dataset.parquet(folder .. "/a.parquet"):count() end)
    end)
  end)

  it("refuses other names, and nothing at all", function()
    local rows = tw.dataset.from_rows { { id = 1 } }
    fails("usage", "tee: unknown option `jsonk`; did you mean `jsonl`?", function() rows:tee { jsonk = "a" } end)
    fails("usage", "tee: no outputs", function() rows:tee {} end)
  end)
end)

describe("write_text", function()
  it("writes a column as lines that read back", function()
    in_folder(function(folder)
      local rows = tw.dataset.from_rows { { id = 1, text = "a" }, { id = 2, text = "" } }
      rows:write_text(folder .. "/a.txt", { column = "text" })
      equal(text_of(folder .. "/a.txt"), "a\n\n")
      equal(tw.dataset.text(folder .. "/a.txt"):count(), 2)
      tw.dataset.write_text({ all = rows:select "text" }, folder .. "/out")
      equal(tw.dataset.text(folder .. "/out"):collect()[1].text, "a")
      fails("usage", "which of 2 columns is the text?", function()
        rows:write_text(folder .. "/a.txt")
      end)
    end)
  end)
end)
