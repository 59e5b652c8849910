"""Transfers through a proxy that breaks things: what became of each is judged by the files on both sides."""

import collections
import os
import random
import time

MIB = 1 << 20
SIZES = (0, 1, 20_000, 20_000, 20_000, 300_000, MIB, 3 * MIB, 18 * MIB, 40 * MIB)
# Five tries, with at most 0.5, 1, 2 and 4 s before each further one; ten answers to one read; twice where it changed.
LONGEST_S = 7.5 * 10 * 2

SCRIPT = """
local tw = require "tideway"
local bucket = tw.store.open "s3://{bucket}"
local function try(name, what)
  local began = tw.time.monotonic()
  local fine, problem = pcall(what)
  local took = tw.time.monotonic() - began
  print(name, fine and "ok" or problem.kind, took, fine and "" or tostring(problem):gsub("%s", " "))
end
return tw.pipeline {{
  name = "transfers",
  run = function()
    local names = {{ {names} }}
    tw.each(names, {{ concurrency = 8 }}, function(name)
      try("put " .. name, function() bucket:put_file(name, "in/" .. name) end)
      try("get " .. name, function() bucket:get_file(name, "out/" .. name) end)
    end)
  end,
}}
"""

Told = collections.namedtuple("Told", "outcome seconds problem")


def write_files(folder, count, seed):
    """Files of sizes drawn by the seed; returns their names."""
    rng = random.Random(seed)
    folder.mkdir()
    names = [f"{index:03}" for index in range(count // 2)]
    for name in names:
        (folder / name).write_bytes(os.urandom(rng.choice(SIZES)))
    return names


def run(tideway, environment, bucket, names):
    """Each file is put and got. Returns what the program told of each transfer."""
    (tideway.folder / "out").mkdir()
    script = tideway.folder / "transfers.lua"
    script.write_text(SCRIPT.format(bucket=bucket, names=", ".join(f'"{name}"' for name in names)))
    began = time.monotonic()
    done = tideway("run", script, env=environment, timeout=3000)
    assert done.code == 0, done.err
    rows = [line.split("\t") for line in done.out.splitlines() if "\t" in line]
    told = {row[0]: Told(row[1], float(row[2]), row[3]) for row in rows}
    assert len(told) == 2 * len(names), done.out + done.err
    return told, time.monotonic() - began


def judge(folder, bucket, names, told):
    """No wrong byte on either side, and nothing under a name that is not whole. Returns how many failed."""
    failed = 0
    for name in names:
        right = (folder / "in" / name).read_bytes()
        for way, path in (("put", bucket / name), ("get", folder / "out" / name)):
            one = told[f"{way} {name}"]
            assert one.seconds < LONGEST_S, (way, name, one)
            if one.outcome == "ok":
                assert path.read_bytes() == right, (way, name)
                continue
            failed += 1
            assert one.outcome in ("network", "timeout", "conflict", "data", "not_found"), (way, name, one)
            # The answer to a put may have got lost; then it is whole all the same.
            assert not path.exists() or (way == "put" and path.read_bytes() == right), (way, name)
    # Parts that came wait for the next run.
    left = [path.name for path in (folder / "out").iterdir() if path.name not in names]
    assert [name for name in left if ".part" not in name or not name.endswith(".tideway-tmp")] == []
    return failed
