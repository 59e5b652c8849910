--- Copies of Hub datasets on a disk that many machines share: terabytes, over days, restarts and full disks.
---
--- ```lua
--- tw.mirror.run {
---   root = "/scratch/datasets",
---   allow = { "bigcode/" },
---   datasets = { "bigcode/the-stack-smol" },
--- }
--- ```
---
--- What it makes:
---
---     <root>/<namespace>/<name>/   the files of a commit, as they are; `load_dataset(path)` reads them
---     <root>/_status.json          what is there: commit, state, files and bytes of each dataset, and a SHA-256
---     <root>/_locks/               who is at work on what
---     <root>/_extra/               files that a repair found and the commit does not have
---
--- All processes that run with the same root share the work, on one machine or on many, and go on where others
--- stopped. No lock of the file system is needed: some of those that clusters share lie about them. Each byte is hashed
--- as it comes, and a file gets its name once it is whole and on the disk.
---
--- The log has a line for each fact, to be found with grep: `COMPLETED <dataset>: ...`, `VERIFIED <dataset>: ...`,
--- `WRONG <dataset>: <file>: ...`, `REPAIRED <dataset>: ...`, `PAUSED: ...` while the disk is full,
--- `ERROR <dataset>: ...`, and at the end `SUCCESS: ...`. SIGINT and SIGTERM end a run within seconds; the next goes
--- on.
local core = require "tideway.core.mirror"

local M = {}

--- What to mirror, and how. Sizes are numbers of bytes, or texts: "100GB", "1GiB".
---@class tideway.mirror.Options
---@field root string The folder to mirror into; made where it is not there.
---@field datasets string[] Names, "ns/name", or "ns/name@revision". A commit that was begun is finished before a newer.
---@field allow string[] What may be mirrored: namespaces with their slash ("bigcode/") and whole names. Anything else
--- is refused before anything is fetched.
---@field include? string[] Patterns as of the shell, in which `*` stands for `/` too; default: all files.
---@field exclude? string[] Patterns of files to leave out.
---@field download? boolean Fetch what is missing. Default true.
---@field verify? boolean Read every byte on the disk again, on all cores, once for each commit; without `download`,
--- each time. Default true.
---@field repair? boolean Fetch what a verification found wrong, and only that, and put aside what is no file of the
--- commit. Default: as `download`. Without it, what is wrong is an error of kind `data`.
---@field cleanup? boolean At the end remove what dead processes left, files that the commit does not have, and
--- `_extra`. Default false.
---@field force? boolean Believe no note of what is there: read every byte, and fetch what is not right. Default false.
---@field reserve? integer|string Bytes of the disk that stay free. Default "100GB".
---@field room_wait_s? number How long to wait for room while the disk is full, in seconds. Default 3600.
---@field portion? integer|string About how many bytes one process takes at a time. Default "1GiB".
---@field at_once? integer How many portions at a time; fewer while memory is short. Default 4.
---@field lease_s? number After three times as long without a sign of life, in seconds, a process of another machine
--- counts as dead. Default 60.
---@field tries? integer Tries of a portion when the network breaks off, with minutes between. Default 5.
---@field rank? integer Which of `world` processes this is, from 0: each begins elsewhere. Default 0.
---@field world? integer Default 1.

--- What became of a dataset.
---@class tideway.mirror.Report
---@field id string
---@field commit string 40 hex digits.
---@field state string "downloaded" or "verified".
---@field files integer Of the commit, those asked for.
---@field bytes integer
---@field fetched_files integer By this process.
---@field fetched_bytes integer
---@field wrong string[] What the verification found before the repair: "a.parquet: other bytes than the hash says".

--- Mirrors the datasets: one that fails does not keep the others from being mirrored.
---
--- Raises `usage` for what is not allowed or makes no sense, `disk_full` where there is no room, `data` where files are
--- wrong and `repair` is off; and after all others are done, the error of a dataset that failed.
---@param options tideway.mirror.Options An unknown option is an error of kind `usage`.
---@return tideway.mirror.Report[] reports
function M.run(options) return core.run(options) end

return M
