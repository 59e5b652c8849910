-- A database of complaints to try the grievances pipeline on: English and Nepali messages with links,
-- tags and line breaks, predicted classes, and the corrections that people made.
--
--   tideway run make_complaints -p output=demo/complaints.db
--   tideway run make_complaints -p complaints=1000000 -p seed=7
--
-- The same seed and number give the same rows. The output must not exist yet; it appears whole or not at all.

local tw = require "tideway"

local departments = {
  "Municipal Governance & Community Services",
  "Education, Health & Social Welfare",
  "Infrastructure, Utilities & Natural Resources",
  "Security & Law Enforcement",
}
local urgencies = { "NORMAL", "URGENT", "HIGHLY URGENT" }

local english = {
  "the", "road", "near", "our", "school", "has", "been", "broken", "for", "weeks", "and", "nobody", "answers",
  "water", "comes", "one", "hour", "a", "day", "it", "is", "brown", "garbage", "was", "not", "collected", "since",
  "festival", "hospital", "refused", "my", "mother", "because", "form", "missing", "police", "post", "closed",
  "at", "night", "theft", "in", "lane", "street", "light", "transformer", "makes", "sparks", "when", "rains",
  "please", "send", "somebody", "before", "office", "says", "that", "no", "record", "of", "payment", "paid",
  "twice", "bridge", "flooded", "children", "walk", "along", "highway", "medicine", "out", "stock", "teacher",
  "absent", "drain", "blocked", "smell", "unbearable", "permit", "delayed", "again", "months", "ward", "chairman",
}
local nepali = {
  "हाम्रो", "वडामा", "सडक", "बत्ती", "बलेको", "छैन",
  "अस्पतालमा", "औषधि", "नपाएर", "बिरामीहरू",
  "फर्किनु", "परेको", "छ", "खानेपानीको", "पाइप",
  "फुटेको", "कसैले", "मर्मत", "गर्दैन", "विद्यालय",
  "जाने", "बाटो", "वर्षामा", "हिलो", "हुन्छ", "पुल",
  "भत्किएको", "राति", "चोरी", "भयो", "प्रहरी",
  "चौकी", "बन्द", "थियो", "फोहोर", "उठाइएको",
  "कार्यालयले", "जवाफ", "दिएन",
}
local decorations = {
  " See https://portal.example.gov.np/complaints/%d?lang=ne for the photos.",
  " www.example.org/ward/%d",
  "\n\nReference: <b>%d</b><br/>",
  "\r\n- item %d\n- and again",
  " <a href=\"https://maps.example.com/?q=27.7,%d\">map</a>",
  "  (second   reminder, no. %d)",
  "",
}

local function pick(list)
  return list[math.random(#list)]
end

local function sentence(words, stop)
  local chosen = {}
  for i = 1, math.random(6, 14) do
    chosen[i] = pick(words)
  end
  return table.concat(chosen, " ") .. stop
end

-- Three in four are in English; about 260 bytes on average.
local function message()
  local words, stop = english, "."
  if math.random(4) == 1 then words, stop = nepali, "।" end
  local parts = {}
  for i = 1, math.random(1, words == english and 6 or 3) do
    parts[i] = sentence(words, stop)
  end
  return table.concat(parts, " ") .. pick(decorations):format(math.random(1000000))
end

-- One complaint in fifty has no prediction.
local function prediction(classes)
  return math.random(50) == 1 and tw.null or pick(classes)
end

local function complaint(id)
  return { id, message(), prediction(departments), prediction(urgencies) }
end

-- One correction for every three complaints; one in a hundred has lost its complaint, one in ten waits for
-- review, and a third correct the department only.
local function correction(id, complaints)
  local complaint_id = math.random(100) == 1 and tw.null or (id - 1) * 3 % complaints + 1
  local urgency = math.random(3) == 1 and tw.null or pick(urgencies)
  return { id, complaint_id, math.random(10) > 1, pick(departments), urgency }
end

local schema = {
  "CREATE TABLE complaints (id INTEGER PRIMARY KEY, message TEXT, department TEXT, urgency TEXT)",
  [[CREATE TABLE misclassified_complaints (id INTEGER PRIMARY KEY, complaint_id INTEGER, reviewed BOOLEAN,
    correct_department TEXT, correct_urgency TEXT)]],
  "CREATE INDEX by_complaint ON misclassified_complaints (complaint_id)",
}

-- Rows travel as one JSON parameter per block.
local block_rows = 10000

local function insert(db, table_name, columns, count, make)
  local values = {}
  for i = 0, columns - 1 do
    values[#values + 1] = ("json_extract(value, '$[%d]')"):format(i)
  end
  local sql = ("INSERT INTO %s SELECT %s FROM json_each($1)"):format(table_name, table.concat(values, ", "))
  for first = 1, count, block_rows do
    local rows = {}
    for id = first, math.min(first + block_rows - 1, count) do
      rows[#rows + 1] = make(id, count)
    end
    db:execute(sql, { tw.json.encode(rows) })
  end
end

return tw.pipeline {
  name        = "make_complaints",
  description = "A generated database of complaints for the grievances pipeline",
  params      = { output = "complaints.db", complaints = 6000, seed = 42 },

  run = function(job)
    local p = job.params
    math.randomseed(p.seed)
    local db = tw.sql.create("sqlite:" .. p.output)
    db:transaction(function()
      for _, statement in ipairs(schema) do
        db:execute(statement)
      end
      insert(db, "complaints", 4, p.complaints, complaint)
      insert(db, "misclassified_complaints", 5, math.floor(p.complaints / 3), function(id)
        return correction(id, p.complaints)
      end)
    end)
    db:close()
    job:log("%s: %d complaints", p.output, p.complaints)
  end,
}
