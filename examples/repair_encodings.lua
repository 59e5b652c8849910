-- Files in any encoding as UTF-8, with what was found in each.
--
--> german.c	windows-1252	-	int x; // größe
--> mojibake.c	utf-8	windows-1252	int x; // größe
--> picture.png	-	-	binary
--> russian.c	koi8-r	-	int x; // длина
--> utf16.c	utf-16-le	-	int x; // größe

local tw = require "tideway"

local FILES = {
  ["german.c"] = "int x; // gr\xf6\xdfe",
  ["mojibake.c"] = "int x; // grÃ¶ÃŸe",
  ["picture.png"] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
  ["russian.c"] = "int x; // \xc4\xcc\xc9\xce\xc1",
  ["utf16.c"] = "\xff\xfe" .. ("int x; // gr\xf6\xdfe"):gsub(".", "%0\0"),
}

return tw.pipeline {
  name = "repair_encodings",

  run = function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    for name, bytes in pairs(FILES) do tw.path.write(tw.path.join(folder, name), bytes) end

    local files = tw.dataset.files(folder):decode("content", {
      on_unknown  = "null",
      newlines    = "lf",
      encoding_as = "encoding",
      mojibake_as = "mojibake",
      problem_as  = "problem",
    })
    for row in files:rows() do
      local function shown(value) return value == tw.null and "-" or value end
      print(row.path, shown(row.encoding), shown(row.mojibake), row.content == tw.null and row.problem or row.content)
    end
    os.execute("rm -r " .. folder)
  end,
}
