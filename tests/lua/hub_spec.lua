local tw = require "tideway"

local rows = tw.dataset.from_rows { { text = "x", label = 0 }, { text = "y", label = 1 } }

-- An empty folder, removed when the body is done.
local function with_folder(body)
  local folder = os.tmpname()
  os.remove(folder)
  local ok, problem = pcall(body, "file:" .. folder)
  os.execute("rm -rf '" .. folder .. "'")
  if not ok then error(problem, 0) end
end

describe("tw.hub.dataset", function()
  it("opens a folder and touches nothing", function()
    with_folder(function(uri)
      local repo = tw.hub.dataset(uri)
      expect(tostring(repo)):equals("tideway.hub.Repository: " .. uri)
      expect(repo:uri()):equals(uri)
      expect(#repo:tags()):equals(0)
      assert(not io.open(uri:sub(6)))
    end)
  end)

  it("accepts a secret and does not show it", function()
    local params = { uri = tw.env("TIDEWAY_TEST_UNSET", "none") }
    local pipeline = tw.pipeline { name = "x", params = params, run = function() end }
    local repo = tw.hub.dataset(pipeline:prepare({ uri = "file:out/hunter2" }).params.uri)
    expect(repo:uri()):equals "[secret]"
    expect(tostring(repo)):equals "tideway.hub.Repository: [secret]"
  end)

  it("opens a dataset on the Hub and asks nobody yet", function()
    for _, uri in ipairs { "ns/name", "hf://datasets/ns/name" } do
      expect(tw.hub.dataset(uri):uri()):equals(uri)
    end
  end)

  it("refuses what names neither a dataset nor a folder", function()
    for _, uri in ipairs { "", "name", "https://host/name", "hf://spaces/ns/name", "ns/a--b" } do
      expect.error({ kind = "usage", message = "hub: not a" }, tw.hub.dataset, uri)
    end
  end)
end)

describe("tw.hub.space", function()
  it("opens a Space and asks nobody yet", function()
    for _, id in ipairs { "ns/app", "hf://spaces/ns/app" } do
      expect(tw.hub.space(id):id()):equals "ns/app"
      expect(tostring(tw.hub.space(id))):equals "tideway.hub.Space: ns/app"
    end
  end)

  it("accepts a secret and does not show it", function()
    local pipeline = tw.pipeline { name = "x", params = { id = tw.env "TIDEWAY_TEST_UNSET" }, run = function() end }
    local space = tw.hub.space(pipeline:prepare({ id = "ns/hunter4" }).params.id)
    expect(space:id()):equals "[secret]"
  end)

  it("refuses what is no Space, stage or key", function()
    for _, id in ipairs { "", "app", "hf://datasets/ns/app", "ns/a--b", "ns/app/x" } do
      expect.error({ kind = "usage", message = "hub: not a" }, tw.hub.space, id)
    end
    local space = tw.hub.space "ns/app"
    expect.error({ kind = "usage", message = "did you mean `PAUSED`" }, space.wait, space, "PAUSD")
    expect.error({ kind = "usage", message = "timeout must be" }, space.wait, space, "RUNNING", { timeout = -1 })
    expect.error({ kind = "usage", message = "`A B`" }, space.set_secret, space, "A B", "x")
    expect.error({ kind = "usage", message = "argument 3" }, space.set_variable, space, "A", {})
  end)
end)

describe("push", function()
  it("publishes, and the same again changes nothing", function()
    with_folder(function(uri)
      local repo = tw.hub.dataset(uri)
      local options = { tag = "v1", labels = { label = tw.labels { "n", "p" } }, metadata = { author = "é" } }
      local first = repo:push({ train = rows, test = rows }, options)
      assert(first.changed and first.tag == "v1" and #first.commit == 40)
      expect(first.splits.train.rows):equals(2)
      expect(first.splits.test.bytes):equals(26)
      expect(first.dataset_size):equals(52)

      options.tag, options.labels = "v2", { label = { "n", "p" } }
      local second = repo:push({ train = rows, test = rows }, options)
      assert(not second.changed and second.tag == "v1" and second.commit == first.commit)
      local tags = repo:tags()
      assert(#tags == 1 and tags[1].name == "v1" and tags[1].commit == first.commit)
    end)
  end)

  it("refuses what is no part, option or label", function()
    with_folder(function(uri)
      local repo = tw.hub.dataset(uri)
      local function refused(message, parts, options)
        expect.error({ kind = "usage", message = message }, repo.push, repo, parts, options)
      end
      refused("table of datasets", nil)
      refused("no parts", {})
      refused("parts must be a table by name", { rows })
      refused("part `train` is not a dataset", { train = 1 })
      refused("not a split name: a-b", { ["a-b"] = rows })
      refused("did you mean `tag`", { train = rows }, { tga = "v1" })
      refused("not a tag: a/b", { train = rows }, { tag = "a/b" })
      refused("labels must be a table by name", { train = rows }, { labels = "n" })
      refused("no such column", { train = rows }, { labels = { labels = { "n" } } })
      refused("metadata is not UTF-8: notes.1", { train = rows }, { metadata = { notes = { "a", "\255" } } })
      refused("metadata is not a table", { train = rows }, { metadata = { "x" } })
      assert(not io.open(uri:sub(6)))
    end)
  end)
end)
