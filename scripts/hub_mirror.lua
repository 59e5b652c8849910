-- Copies of datasets of the Hub on a disk that many machines share. As many processes as you like may run this at once,
-- with the same root: they share the work, and go on where others stopped.
--
--   tideway mirror --root /scratch/datasets                    the collections below
--   tideway mirror --root /scratch/datasets -p collections=oscar
--   tideway mirror --root /scratch/datasets --verify --repair  read every byte, fetch only what is wrong
--   tideway export slurm scripts/hub_mirror.lua                the same as a job of a cluster
--
-- The token for gated datasets comes from HF_TOKEN or `tideway hub login`.

local tw = require "tideway"

-- Nothing else is mirrored, whatever `datasets` says.
local allow = { "bigcode/", "codeparrot/", "oscar-corpus/", "iohadrubin/" }

local collections = {
  bigcode    = { "bigcode/the-stack-v2", "bigcode/the-stack-dedup", "bigcode/starcoderdata", "bigcode/commitpack" },
  codeparrot = { "codeparrot/github-code", "codeparrot/github-code-clean", "codeparrot/codeparrot-clean" },
  oscar      = { "oscar-corpus/OSCAR-2301", "oscar-corpus/OSCAR-2201", "oscar-corpus/OSCAR-2109" },
  wikitext   = { "iohadrubin/wikitext-103-raw-v1" },
}

local function words(text)
  local list = {}
  for word in text:gmatch "[^%s,]+" do list[#list + 1] = word end
  return list
end

-- The named collections, then the datasets that are named one by one.
local function chosen(params)
  local datasets = {}
  for _, name in ipairs(words(params.collections)) do
    if not collections[name] then
      error { kind = "usage", message = ("no collection `%s`"):format(name),
              hint = "there are bigcode, codeparrot, oscar and wikitext" }
    end
    for _, id in ipairs(collections[name]) do datasets[#datasets + 1] = id end
  end
  for _, id in ipairs(words(params.datasets)) do datasets[#datasets + 1] = id end
  return datasets
end

return tw.pipeline {
  name        = "hub_mirror",
  description = "copies of Hub datasets on a shared disk",
  params = {
    root          = "datasets",   -- the folder to mirror into
    collections   = "bigcode, codeparrot, oscar, wikitext",
    datasets      = "",           -- more of them: "bigcode/the-stack-smol, bigcode/santacoder-fim-task"
    download_only = false,        -- do not read everything again after the download
    verify        = false,        -- read everything again, and download nothing
    repair        = false,        -- with verify: fetch what is wrong
    force         = false,        -- believe no note of what is there
    cleanup       = false,        -- remove what nobody needs
    reserve       = "100GB",      -- of the disk, stays free
    at_once       = 4,            -- portions of a dataset, in each process
  },

  run = function(job)
    local p = job.params
    if p.download_only and p.verify then
      error { kind = "usage", message = "both download_only and verify: nothing would be done",
              hint = "leave one out; with neither, the download is verified" }
    end
    return tw.mirror.run {
      root     = p.root,
      allow    = allow,
      datasets = chosen(p),
      download = not p.verify,
      verify   = not p.download_only,
      repair   = p.repair or not p.verify,
      force    = p.force,
      cleanup  = p.cleanup,
      reserve  = p.reserve,
      at_once  = p.at_once,
      rank     = job.rank,
      world    = job.world,
    }
  end,
}
