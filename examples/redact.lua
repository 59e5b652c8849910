-- Personal data and secrets: what is where, and three ways to put something else in its place.
--
--> app.py email 7-22
--> app.py phone 32-48
--> db.env connection_string 26-39
--> notes.md credit_card 24-43
--> WHO = "<EMAIL>"  # ring <PHONE>
--> DATABASE_URL=postgresql://<CONNECTION_STRING>@db.site.org/orders
--> Ticket <TICKET>: card <CREDIT_CARD> was declined.
--> mail <EMAIL_276f7764aac25e48>
--> mail user-e0ecb48e05e4@example.com

local tw = require "tideway"

return tw.pipeline {
  name = "redact",

  run = function()
    local files = tw.dataset.from_rows {
      { path = "app.py", content = 'WHO = "ana.sy@site.org"  # ring +44 20 7946 0958' },
      { path = "db.env", content = "DATABASE_URL=postgresql://app:s7Kd92mXq@db.site.org/orders" },
      { path = "notes.md", content = "Ticket TCK-104822: card 4111 1111 1111 1111 was declined." },
    }

    local report = tw.pii.report(files)
    for found in report:rows() do
      print(("%s %s %d-%d"):format(found.file, found.kind, found.start, found.stop))
    end

    local clean = files:map("content", tw.pii.redact { patterns = { ticket = "TCK-[0-9]{6}" } })
    for file in clean:rows() do print(file.content) end

    local hash = tw.pii.redact { mode = "hash", key = "in a real script: tw.env 'PII_KEY'" }
    print(hash "mail ana.sy@site.org")
    local fake = tw.pii.redact { mode = "fake", seed = 42 }
    print(fake "mail ana.sy@site.org")
  end,
}
