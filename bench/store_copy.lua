-- Our side of the store bench: a folder of a bucket to this machine, or from it.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-store-copy",
  params = { bucket = "s3://bench", way = "download", prefix = "", folder = "" },
  run    = function(job)
    local p = job.params
    local bucket = tw.store.open(p.bucket)
    if p.way == "download" then
      bucket:download(p.prefix, p.folder)
    else
      bucket:upload(p.folder, p.prefix)
    end
  end,
}
