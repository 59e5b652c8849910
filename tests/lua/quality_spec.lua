local tw = require "tideway"

local function equal(got, expected)
  if got ~= expected then error(("expected %q, got %q"):format(tostring(expected), tostring(got)), 2) end
end

local function fails(f, message)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  equal(err.kind, "usage")
  equal(err.message, message)
end

local NAMES = {
  "river", "mountain", "garden", "window", "letter", "winter", "harbour", "market", "engine", "teacher", "island",
  "bridge", "forest", "kitchen", "doctor", "painter", "village", "summer", "station", "library",
}

-- Words that no rule minds, and no two lines alike.
local function prose(lines)
  local text = {}
  for i = 1, lines do
    local one, other = NAMES[i], NAMES[#NAMES + 1 - i]
    text[i] = ("We know that the %s of this place lies behind a %s and another %s, seen from %s to %s."):format(
      one, other, one .. other, other .. one, one:reverse())
  end
  return table.concat(text, "\n") .. "\n"
end

local function judged(rules, cases)
  for _, case in ipairs(cases) do equal(rules(case[1]), case[2] or tw.null) end
end

describe("quality.gopher", function()
  it("names the first rule that a text fails", function()
    local text = prose(20)
    judged(tw.quality.gopher {}, {
      { text },
      { "", "few_words" },
      { ("the of "):rep(24) .. "to", "few_words" },
      { ("a b "):rep(50), "short_words" },
      { ("incomprehensibilities "):rep(60), "long_words" },
      { text .. ("#"):rep(80), "hashes" },
      { text .. ("… "):rep(80), "ellipses" },
      { ("- the words of it that follow\n"):rep(20), "bullets" },
      { ("the words of it that follow here, as they do ...\n"):rep(20), "ellipsis_lines" },
      { ("12345 the 7890 of 4567 "):rep(30), "few_letters" },
      { ("plain words without stops "):rep(20), "few_stop_words" },
    })
    equal(tw.quality.gopher { max_words = 60 }(("the be to "):rep(30)), "many_words")
  end)

  it("takes every threshold as it is given", function()
    equal(tw.quality.gopher { min_words = 2, min_stop_words = 0 } "two words", tw.null)
    equal(tw.quality.gopher { min_words = 3, min_stop_words = 0 } "two words", "few_words")
    equal(tw.quality.gopher { min_words = 1, stop_words = { "und", "der" } } "Hunde und der Kater", tw.null)
    equal(tw.quality.gopher { min_words = 1, min_word_length = 3 } "the of with", tw.null)
    equal(tw.quality.gopher { min_words = 1, max_bullet_lines = 0.5 } "- the people\nof that", tw.null)
  end)

  it("lets null be, and takes broken bytes for symbols", function()
    equal(tw.quality.gopher {}(tw.null), tw.null)
    equal(tw.quality.gopher {}(("\xff"):rep(100)), "few_words")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.quality.gopher { min_word = 1 } end,
      "quality.gopher: unknown option `min_word`; did you mean `min_words`?")
    fails(function() tw.quality.gopher { max_words = "many" } end,
      "quality.gopher: option `max_words` must be a whole number, not string")
    fails(function() tw.quality.gopher "strict" end, "quality.gopher: options must be a table, not string")
  end)
end)

describe("quality.repetition", function()
  it("names the first rule that a text fails", function()
    judged(tw.quality.repetition {}, {
      { "Every evening my sister walks along that narrow harbour wall. Gulls wait there, hoping for bread, while old "
        .. "boats creak and swing on rusty chains. Nobody else comes by so late, apart from one tired fisherman." },
      { "", "empty" },
      { ("a paragraph\n\n"):rep(3), "repeated_paragraphs" },
      { ("a line\n"):rep(5), "repeated_lines" },
      { "one two " .. ("again and again "):rep(6), "top_2_gram" },
    })
  end)

  it("takes lists of thresholds, and no more n-grams than they have", function()
    local text = "one two three four five one two three four five"
    local some = { max_top_ngrams = {}, max_repeated_ngrams = { 0.1 } }
    equal(tw.quality.repetition(some)(text), "repeated_5_grams")
    equal(tw.quality.repetition { max_top_ngrams = {}, max_repeated_ngrams = {} }(text), tw.null)
    fails(function() tw.quality.repetition { max_top_ngrams = 3 } end,
      "quality.repetition: option `max_top_ngrams` must be a list of numbers")
    fails(function() tw.quality.repetition { max_repeated_ngrams = { "x" } } end,
      "quality.repetition: option `max_repeated_ngrams` must be a list of numbers")
  end)
end)

describe("quality.fineweb", function()
  it("names the first rule that a text fails", function()
    judged(tw.quality.fineweb {}, {
      { prose(5) },
      { "\n \n", "empty" },
      { ("a line without an end\n"):rep(9), "few_punctuated_lines" },
      { "Short.\nShorter.\nShortest.\nA line that is rather longer than those are.", "short_lines" },
      { ("A line that is long enough to be no short line.\n"):rep(2), "repeated_line_characters" },
      { "A line that is long enough to be no short line.\n" .. ("\n"):rep(9), "line_breaks" },
    })
  end)
end)

describe("quality.c4", function()
  local five = "One is here. Two is here. Three? Four! Five it is.\n"

  it("names the rule that a text fails", function()
    judged(tw.quality.c4 {}, {
      { five },
      { "Only one sentence here.", "few_sentences" },
      { five .. "And Lorem Ipsum is in it.", "phrase" },
      { five .. "A { bracket is here.", "phrase" },
      { five .. "a { bracket in a line that goes" },
    })
  end)

  it("leaves out lines, and marks of citations in others", function()
    local clean = tw.quality.c4_lines {}
    equal(clean "This line stays.\nthis one does not\nNor this...\nToo short.\n", "This line stays.")
    equal(clean "It needs JavaScript to run.\nRead our Privacy Policy here.\n", "")
    equal(clean "As he said [12] and wrote [edit] to us [x].", "As he said  and wrote  to us [x].")
    equal(clean(("x"):rep(1001) .. " is a word."), "")
    equal(clean '\u{3000}"It is said"\r\n', '"It is said"')
    equal(clean "an open [12", "")
    equal(clean(tw.null), tw.null)
  end)
end)

describe("quality.language", function()
  it("tells the language of a text", function()
    local language = tw.quality.language {}
    equal(language "The quick brown fox jumps over the lazy dog, and then it sleeps.", "en")
    equal(language "Der schnelle braune Fuchs springt über den faulen Hund und schläft.", "de")
    equal(language "Быстрая коричневая лиса прыгает через ленивую собаку.", "ru")
  end)

  it("is not sure of what is short, mixed or no text", function()
    local language = tw.quality.language {}
    for _, text in ipairs { "", "x = 1", "\xff\xfe", "12345 67890" } do equal(language(text), tw.null) end
    local mixed = ("The quick brown fox jumps over the lazy dog, and then it sleeps. "):rep(5)
      .. ("Быстрая коричневая лиса прыгает через ленивую собаку. "):rep(5)
    equal(tw.quality.language { min_share = 0.9 }(mixed), tw.null)
    fails(function() tw.quality.language { min_share = 2 } end, "quality.language: min_share must be from 0 to 1")
  end)
end)

describe("filter by rules", function()
  local rows = tw.dataset.from_rows { { text = "short" }, { text = prose(20) }, { text = tw.null } }

  it("keeps what passes, and what is null", function()
    local kept = rows:filter("text", tw.quality.gopher {}):collect()
    equal(#kept, 2)
    equal(kept[1].text, prose(20))
  end)

  it("names the rule in a column by map", function()
    local named = rows:with { rule = tw.col "text" }:map("rule", tw.quality.gopher {}):collect()
    equal(named[1].rule, "few_words")
    equal(named[2].rule, tw.null)
  end)

  it("refuses what names no rules", function()
    fails(function() rows:filter("text") end,
      "filter: argument 3 must be rules such as tw.quality.gopher{}, not nil")
    fails(function() rows:filter("texts", tw.quality.gopher {}):count() end,
      "filter: no column `texts`; did you mean `text`?")
    fails(function() tw.dataset.from_rows { { n = 1 } }:filter("n", tw.quality.gopher {}):count() end,
      "filter n: quality.gopher: column must be string: int64")
  end)
end)
