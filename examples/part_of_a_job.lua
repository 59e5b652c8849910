-- Many runs that share the work: each takes its part, as the tasks of an array in Slurm do.
--
--> part 0 of 1: north south east west

local tw = require "tideway"

return tw.pipeline {
  name = "part_of_a_job",

  run = function(job)
    local mine = {}
    for number, region in ipairs { "north", "south", "east", "west" } do
      if number % job.world == job.rank then mine[#mine + 1] = region end
    end
    print(("part %d of %d: %s"):format(job.rank, job.world, table.concat(mine, " ")))
    tw.dataset.from_rows({ { part = job.rank, regions = #mine } })
      :write_jsonl(("out/part-%d.jsonl"):format(job.rank))
  end,
}
