-- Objects in a bucket, here a folder that stands for one: write s3://bucket for a real one.
--
--> reviews/a.csv	17
--> reviews/b.csv	17
--> id,stars
--> 2,4
--> 2 objects after the copy is deleted
--> 2 files in out/reviews

local tw = require "tideway"

return tw.pipeline {
  name   = "object_store",
  params = { bucket = "file:out/bucket" },

  run = function(job)
    local bucket = tw.store.open(job.params.bucket)
    bucket:create_bucket()
    bucket:put("reviews/a.csv", "id,stars\n1,5\n7,3\n", { content_type = "text/csv" })
    bucket:put("reviews/b.csv", "id,stars\n2,4\n9,9\n", { content_type = "text/csv" })
    for _, object in ipairs(bucket:list "reviews/") do
      print(object.key, object.size)
    end
    io.write(bucket:get("reviews/b.csv", { first = 0, size = 13 }))

    bucket:copy("reviews/a.csv", "reviews/copy.csv")
    bucket:get_file("reviews/copy.csv", "out/copy.csv")
    bucket:delete "reviews/copy.csv"
    print(#bucket:list() .. " objects after the copy is deleted")

    local got = bucket:download("reviews", "out/reviews")
    print(got.objects + got.skipped .. " files in out/reviews")
  end,
}
