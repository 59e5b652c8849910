-- Retraining data for the two grievance classifiers: every reviewed mistake, balanced with a sample of
-- correct predictions, cleaned, labelled, split and published. One dataset per label.
--
--   tideway run grievances                       settings come from the environment
--   tideway run grievances -p correct_ratio=1    as many correct predictions as mistakes, or fewer
--
-- Then the Spaces that train with the data are restarted, if any of it changed, and last the Space that this runs in is
-- paused. The data is published by then: neither makes a run fail.
--
-- Reads the tables
--   complaints(id, message, department, urgency)                  what the classifiers predicted
--   misclassified_complaints(id, complaint_id, reviewed,          what people corrected
--                            correct_department, correct_urgency)

local tw = require "tideway"

local targets = {
  {
    column  = "department",
    dataset = "department_dataset",
    labels  = tw.labels {
      "Municipal Governance & Community Services",
      "Education, Health & Social Welfare",
      "Infrastructure, Utilities & Natural Resources",
      "Security & Law Enforcement",
    },
  },
  {
    column  = "urgency",
    dataset = "urgency_dataset",
    labels  = tw.labels { "NORMAL", "URGENT", "HIGHLY URGENT" },
  },
}

-- Reviewed mistakes: somebody gave a correct label, and it differs from the prediction.
local mistakes = [[
  SELECT c.id, c.message AS grievance, mc.correct_%s AS class
  FROM misclassified_complaints mc JOIN complaints c ON c.id = mc.complaint_id
  WHERE mc.reviewed AND mc.correct_%s IS NOT NULL AND c.%s IS DISTINCT FROM mc.correct_%s
  ORDER BY c.id, mc.id]]

-- Complaints that nobody called misclassified. NOT EXISTS, because NOT IN finds no row at all as soon
-- as one complaint_id is null.
local correct = [[
  SELECT c.id, c.message AS grievance, c.%s AS class
  FROM complaints c
  WHERE NOT EXISTS (SELECT 1 FROM misclassified_complaints mc WHERE mc.complaint_id = c.id)
  ORDER BY c.id]]

local function report_null_keys(db)
  local nulls = db:query("SELECT id FROM misclassified_complaints WHERE complaint_id IS NULL"):count()
  if nulls > 0 then
    tw.log.warn("%d rows of misclassified_complaints have no complaint_id and match no complaint", nulls)
  end
end

-- The dataset of each target, opened before anything runs: a wrong setting then publishes nothing.
local function open_datasets(params)
  local datasets, setting_of = {}, {}
  for _, target in ipairs(targets) do
    local uri = params[target.dataset]
    if setting_of[uri] then
      error(("%s and %s name the same dataset: %s"):format(setting_of[uri], target.dataset, uri), 0)
    end
    setting_of[uri] = target.dataset
    datasets[target] = tw.hub.dataset(uri)
  end
  return datasets
end

-- The Spaces that a text names: "acme/train, acme/serve".
local function open_spaces(names)
  local spaces = {}
  for name in names:gmatch "[^%s,]+" do spaces[#spaces + 1] = tw.hub.space(name) end
  return spaces
end

local function try_each(spaces, method, done)
  for _, space in ipairs(spaces) do
    local ok, problem = pcall(space[method], space)
    if not ok and problem.kind == "interrupted" then error(problem, 0) end
    if not ok then
      local hint = problem.hint and "; " .. problem.hint or ""
      tw.log.warn("%s was not %s: %s%s", space:id(), done, problem.message, hint)
    end
  end
end

-- Tells whether readers see something new; a check takes that for granted.
local function publish(job, db, target, dataset)
  local p, column = job.params, target.column
  local wrong = db:query((mistakes:gsub("%%s", column))):cache()
  local right = db:query((correct:gsub("%%s", column)))
    :filter { not_null = "class" }
    :sample { n = math.floor(wrong:count() * p.correct_ratio), seed = p.seed, key = "id" }

  local rows = wrong:concat(right)
    :map("grievance", tw.text.clean { urls = true, html = true, whitespace = true })
    :encode("class", target.labels, { as = "label" })
    :select { "grievance", "label" }

  local count, mistaken = rows:count(), wrong:count()
  job:log("%s: %d mistakes and %d correct predictions", column, mistaken, count - mistaken)
  if count < p.min_rows then
    job:skip("%s: skipped_insufficient_data (%d < %d rows), %s stays as it is", column, count, p.min_rows,
      dataset:uri())
    return false
  end

  local parts = rows:split { train = 0.8, eval = 0.1, test = 0.1, stratify = "label", seed = p.seed }
  local pushed = dataset:push(parts, {
    tag        = job:version(),
    visibility = p.visibility,
    metadata   = { label_column = column, author = p.author, description = p.description },
  })
  return pushed.changed
end

return tw.pipeline {
  name        = "grievances",
  description = "Retraining data from reviewed mistakes, balanced with correct predictions",
  schedule    = "0 3 * * *",
  params      = {
    database           = tw.env("POSTGRES_URL"),
    department_dataset = tw.env("DEPARTMENT_DATASET", { secret = false }),
    urgency_dataset    = tw.env("URGENCY_DATASET", { secret = false }),
    min_rows           = tw.env("MIN_DATASET_LEN", { secret = false, default = 1000 }),
    visibility         = tw.env("DATASET_VISIBILITY", { secret = false, default = "private" }),
    restart            = tw.env("RESTART_SPACES", { secret = false, default = "" }),
    pause              = tw.env("PREPARE_DATASET_SPACE_ID", { secret = false, default = "" }),
    correct_ratio      = 0.5,
    seed               = 42,
    author             = "",
    description        = "",
  },

  run = function(job)
    local datasets = open_datasets(job.params)
    local trainers, own = open_spaces(job.params.restart), open_spaces(job.params.pause)
    local db = tw.sql.connect(job.params.database)
    report_null_keys(db)
    local changed = false
    local ok, problem = pcall(tw.each, targets, function(target)
      if publish(job, db, target, datasets[target]) then changed = true end
    end)
    -- Also when the other label failed: the next run would find nothing new in this one.
    if changed then try_each(trainers, "restart", "restarted") end
    if not ok then error(problem, 0) end
    try_each(own, "pause", "paused")
  end,
}
