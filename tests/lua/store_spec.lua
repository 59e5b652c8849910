local tw = require "tideway"

describe("tw.store", function()
  local function bucket()
    local store = tw.store.open("file:" .. tw.path.join(tw.path.scratch "store", "bucket"))
    store:create_bucket()
    return store
  end

  it("reads what was put, whole and in parts", function()
    local store = bucket()
    local put = store:put("data/a.txt", "0123456789", { content_type = "text/plain" })
    expect(put.size):equals(10)
    expect(store:get "data/a.txt"):equals "0123456789"
    expect(store:get("data/a.txt", { first = 2, size = 3 })):equals "234"
    expect(store:head("data/a.txt").etag):equals(put.etag)
    expect(tostring(store)):equals("tideway.Store: " .. store:uri())
  end)

  it("lists by prefix, and folders by a delimiter", function()
    local store = bucket()
    for _, key in ipairs { "a/1", "a/b/2", "c" } do store:put(key, key) end
    local objects, folders = store:list("a/", { delimiter = "/" })
    expect(#objects):equals(1)
    expect(objects[1].key):equals "a/1"
    expect(folders):equals { "a/b/" }
    store:delete { "a/1", "a/b/2", "never" }
    expect(#store:list()):equals(1)
  end)

  it("moves files of any size", function()
    local store, folder = bucket(), tw.path.scratch "files"
    local file = tw.path.join(folder, "in")
    tw.path.make_folders(folder)
    tw.path.write(file, ("x"):rep(100000))
    store:put_file("big", file)
    store:copy("big", "copy")
    expect(store:get_file("copy", tw.path.join(folder, "out")).size):equals(100000)
    expect(tw.path.read(tw.path.join(folder, "out"))):equals(("x"):rep(100000))
  end)

  it("moves whole folders", function()
    local store, folder = bucket(), tw.path.scratch "folder"
    tw.path.make_folders(tw.path.join(folder, "in/sub"))
    tw.path.write(tw.path.join(folder, "in/a"), "a")
    tw.path.write(tw.path.join(folder, "in/sub/b"), "bb")
    expect(store:upload(tw.path.join(folder, "in"), "data")):equals { objects = 2, bytes = 3, skipped = 0 }
    expect(store:get "data/sub/b"):equals "bb"
    local got = store:download("data/", tw.path.join(folder, "out"), { concurrency = 2, always = true })
    expect(got):equals { objects = 2, bytes = 3, skipped = 0 }
    expect(tw.path.read(tw.path.join(folder, "out/sub/b"))):equals "bb"
    expect.error({ kind = "usage", message = "from 1 to 64" }, function()
      store:download("data", folder, { concurrency = 0 })
    end)
    expect.error({ kind = "usage", message = "unknown option" }, function()
      store:upload(folder, "data", { concurency = 1 })
    end)
    expect.error({ kind = "not_found" }, function() store:upload(tw.path.join(folder, "no"), "data") end)
  end)

  it("names what of a folder does not come", function()
    local store, folder = bucket(), tw.path.scratch "failure"
    store:put("data/a/b", "x")
    store:put("data/c", "x")
    tw.path.make_folders(folder)
    tw.path.write(tw.path.join(folder, "a"), "in the way")
    expect.error({ message = "data/a/b" }, function() store:download("data", folder) end)
    expect(tw.path.read(tw.path.join(folder, "c"))):equals "x"
  end)

  it("says what is wrong", function()
    local store = bucket()
    store:put("k", "x")
    expect.error({ kind = "not_found", message = "no object" }, function() store:get "no" end)
    expect.error({ kind = "conflict", message = "already" }, function() store:put("k", "y", { if_absent = true }) end)
    expect.error({ kind = "usage", message = "no range" }, function() store:get("k", { first = 3 }) end)
    expect.error({ kind = "usage", message = "folder" }, function() store:presign "k" end)
    expect.error({ kind = "usage", message = "empty parts" }, function() store:put("../k", "x") end)
  end)

  it("replaces one content only", function()
    local store = bucket()
    local first = store:put("k", "first")
    local second = store:put("k", "second", { replaces = first.etag })
    local function put(options) return function() store:put("k", "third", options) end end
    expect.error({ kind = "conflict", message = "not what was to be replaced" }, put { replaces = first.etag })
    expect.error({ kind = "usage", message = "if_absent" }, put { replaces = second.etag, if_absent = true })
    expect(store:get "k"):equals "second"
  end)

  it("refuses addresses and options that make no sense", function()
    local function refuses(message, ...) expect.error({ kind = "usage", message = message }, tw.store.open, ...) end
    refuses("no address of a store", "ftp://bucket")
    refuses("no name of a bucket", "s3://x")
    refuses("opened without a key", "s3://bucket/key")
    refuses("unknown option", "s3://bucket", { regoin = "x" })
    refuses("spend_limit_usd", "s3://bucket", { requester_pays = true })
    refuses("nobody cannot pay", "s3://bucket", { requester_pays = true, anonymous = true, spend_limit_usd = 1 })
  end)
end)
