local tw = require "tideway"
local path = tw.path

describe("tw.path", function()
  it("joins with one slash, and starts anew at an absolute part", function()
    expect(path.join("a", "b", "c.lua")):equals "a/b/c.lua"
    expect(path.join("a/", "b")):equals "a/b"
    expect(path.join("a", "/b")):equals "/b"
    expect(path.join("", "b", "")):equals "b"
    expect(path.join("/", "b")):equals "/b"
    expect.error({ kind = "usage", message = "argument 2 must be a string, not nil" }, path.join, "a", nil)
  end)

  it("takes paths apart", function()
    for _, case in ipairs {
      { "a/b.lua", "a", "b.lua", "b", ".lua" }, { "b.lua", ".", "b.lua", "b", ".lua" },
      { "/b", "/", "b", "b", "" }, { "a/b/", "a", "b", "b", "" }, { "a//b", "a", "b", "b", "" },
      { ".hidden", ".", ".hidden", ".hidden", "" }, { "a.tar.gz", ".", "a.tar.gz", "a.tar", ".gz" },
    } do
      local p = case[1]
      expect({ path.dirname(p), path.basename(p), path.stem(p), path.extension(p) }):equals {
        case[2], case[3], case[4], case[5] }
    end
  end)

  it("normalises by the text", function()
    expect(path.normalize "a/./b//../c"):equals "a/c"
    expect(path.normalize "a/b/"):equals "a/b"
    expect(path.normalize "/.."):equals "/"
    expect(path.absolute "/x/../y"):equals "/y"
    expect(path.absolute "y"):equals(path.join(path.cwd(), "y"))
  end)

  it("writes, reads and lists", function()
    local folder = path.scratch "spec"
    path.make_folders(path.join(folder, "deep"))
    path.make_folders(folder)
    local file = path.join(folder, "deep", "x.txt")
    expect(path.exists(file)):is_false()
    path.write(file, "one\0two")
    expect(path.read(file)):equals "one\0two"
    expect(path.list(path.join(folder, "deep"))):equals { "x.txt" }
    expect(path.is_folder(folder)):is_true()
    expect(path.is_folder(file)):is_false()
  end)

  it("names the path in errors", function()
    expect.error({ kind = "not_found", message = "/nonexistent/x" }, path.read, "/nonexistent/x")
    expect.error({ kind = "not_found", message = "/nonexistent" }, path.list, "/nonexistent")
    expect.error({ message = "/nonexistent" }, path.write, "/nonexistent/x", "text")
  end)
end)
