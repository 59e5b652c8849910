"""The Stack: filtered rows of a gated dataset, their contents from a fake of the archive's bucket, what is noted."""

import codecs
import collections
import gzip
import hashlib
import io
import json
import re
import signal
import subprocess
import time

import pyarrow
import pyarrow.parquet
import pytest
from conftest import ROOT, wait_until
from fakes.swh import Archive

FAILED, USAGE, AUTH = 1, 2, 4
SCRIPT = ROOT / "scripts" / "stack_download.lua"
DATASET = "bigcode/the-stack-v2"
LANGUAGES = {"Python": "py", "Java": "java", "C++": "cpp", "JavaScript": "js"}
CARD = "---\nconfigs:\n" + "".join(
    f"- config_name: {name}\n  data_files:\n  - split: train\n    path: data/{name}/*.parquet\n" for name in LANGUAGES
) + "---\n"


def padded(text, encoding="utf-8"):
    """At least 100 bytes, as the filter wants."""
    return (text + "#" * 120 + "\n").encode(encoding)


def git_id(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Stack:
    """The dataset on the fake Hub and its contents in the fake bucket."""

    def __init__(self, hub, archive):
        self.archive, self.rows = archive, collections.defaultdict(list)
        self.repo = hub.add("datasets", DATASET, {"README.md": CARD.encode()}, gated="auto")
        self.repo.granted.add("ns")

    def add(self, content, language="Python", encoding="UTF-8", packed=None, signed_only=False, **changes):
        number = len(self.rows[language])
        blob = self.archive.add(content, packed, signed_only)
        self.rows[language].append({
            "blob_id": blob, "content_id": git_id(content), "repo_name": "acme/tools",
            "path": f"/src/{number}.{LANGUAGES[language]}", "snapshot_id": "a" * 40, "revision_id": "b" * 40,
            "license_type": "permissive", "detected_licenses": ["MIT"], "star_events_count": 10,
            "length_bytes": len(content), "gha_language": None, "src_encoding": encoding, "language": language,
            "extension": LANGUAGES[language], "is_vendor": False, "is_generated": False, **changes})
        return blob

    def add_many(self, count, language="Python"):
        return [self.add(padded(f"x = {number}"), language) for number in range(count)]

    def publish(self):
        files = {}
        for language, rows in self.rows.items():
            file = io.BytesIO()
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file, row_group_size=1000)
            files[f"data/{language}/train-00000-of-00001.parquet"] = file.getvalue()
        self.repo.commit(files, "Rows")


@pytest.fixture
def archive():
    with Archive() as archive:
        yield archive


@pytest.fixture
def stack(hub, archive):
    return Stack(hub, archive)


@pytest.fixture
def environment(hub, archive, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read",
            "SWH_ENDPOINT": archive.endpoint, "SWH_API": archive.api, "AWS_EC2_METADATA_DISABLED": "true",
            "XDG_STATE_HOME": tideway.folder / "state"}


@pytest.fixture
def download(tideway, stack, environment):
    """Publishes the rows and downloads them."""
    def download(*arguments, code=0, publish=True, **env):
        if publish:
            stack.publish()
        result = tideway("stack", SCRIPT, "--accept-terms", *(arguments or ("--language", "Python")),
                         env={**environment, **env})
        assert result.code == code, f"{result.code}: {result.out}{result.err}"
        return result

    return download


@pytest.fixture
def place(tideway):
    return tideway.folder / "stack"


def lines(place, language="Python"):
    text = (place / f"{language}_manifest.jsonl").read_text()
    return {line["blob_id"]: line for line in map(json.loads, text.splitlines())}


def files(place):
    return {path.name.split(".")[0]: path.read_bytes() for path in (place / "raw").rglob("*") if path.is_file()}


def test_contents_are_checked_decoded_and_noted(download, stack, place):
    wanted = {
        stack.add(padded("é", "latin-1"), encoding="ISO-8859-1"): padded("é"),
        stack.add(padded("é", "utf-16"), encoding="UTF-16"): padded("é"),
        stack.add(padded("“q”", "cp1252"), encoding="windows-1252"): padded("“q”"),
        stack.add(padded("2"), packed=gzip.compress(padded("2")[:50]) + gzip.compress(padded("2")[50:])): padded("2"),
    }
    download()
    assert files(place) == wanted
    for blob, content in wanted.items():
        line = lines(place)[blob]
        assert line["file"] == f"raw/Python/{blob[:2]}/{blob}.py" and line["state"] == "fetched"
        assert line["sha256"] == hashlib.sha256(content).hexdigest() and line["size"] == len(content)
        row = next(row for row in stack.rows["Python"] if row["blob_id"] == blob)
        assert line["detected_licenses"] == ["MIT"] and line["star_events_count"] == 10
        assert line["swhid"] == (f"swh:1:cnt:{row['content_id']};origin=https://github.com/acme/tools;"
                                 f"visit=swh:1:snp:{'a' * 40};anchor=swh:1:rev:{'b' * 40};path={row['path']}")


def test_what_cannot_be_had_is_noted_and_keeps_no_other_from_coming(download, stack, archive, place):
    good = stack.add(padded("good"))
    states = {
        stack.add(padded("cut"), packed=gzip.compress(padded("cut"))[:-4]): "quarantined",
        stack.add(padded("wrong"), packed=gzip.compress(b"other")): "quarantined",
        stack.add(padded("bomb"), packed=gzip.compress(bytes(20 << 20))): "too_large",
        stack.add(padded("gone")): "missing",
        good: "fetched",
    }
    missing = next(blob for blob, state in states.items() if state == "missing")
    del archive.packed[missing]
    download()
    assert {blob: line["state"] for blob, line in lines(place).items()} == states
    assert set(files(place)) == {good}
    wrong = [blob for blob, state in states.items() if state == "quarantined"]
    assert {path.name for path in (place / "quarantine").iterdir()} == set(wrong)
    assert [archive.requests[blob] for blob in wrong] == [2, 2]
    report = json.loads((place / "ingest_manifest.json").read_text())["languages"]["Python"]
    assert (report["rows"], report["fetched"], report["missing"], report["quarantined"], report["too_large"]) \
        == (5, 1, 1, 2, 1)


@pytest.mark.parametrize("changes,parameters", [
    ({"star_events_count": 9}, ()),
    ({"length_bytes": 99}, ()),
    ({"length_bytes": 1048577}, ()),
    ({"license_type": "no_license"}, ()),
    ({"detected_licenses": ["MIT", "GPL-3.0"]}, ("-p", "licenses=MIT,Apache-2.0")),
    ({"detected_licenses": []}, ("-p", "licenses=MIT,Apache-2.0")),
], ids=["stars", "small", "large", "licence-type", "licence", "no-licence"])
def test_rows_that_a_filter_refuses_are_not_fetched(download, stack, archive, place, changes, parameters):
    good, other = stack.add(padded("good")), stack.add(padded("bad"), **changes)
    download("--language", "Python", *parameters)
    assert set(lines(place)) == {good} and archive.requests[other] == 0


def test_all_languages_have_lists_of_their_own_and_one_of_checksums(download, stack, place):
    for language in LANGUAGES:
        stack.add_many(5, language)
        stack.add(padded("twice " + language), language)
        stack.add(padded("twice " + language), language)
    download("--all", "--max-samples", "7")
    for language in LANGUAGES:
        metadata = json.loads((place / f"{language}_metadata.json").read_text())
        assert metadata["count"] == len(metadata["files"]) == 6
        assert [one["blob_id"] for one in metadata["files"]] == list(lines(place, language))
        assert all((place / one["file"]).stat().st_size == one["size"] for one in metadata["files"])
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=place, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stdout.count(": OK") == 24
    manifest = json.loads((place / "ingest_manifest.json").read_text())
    assert set(manifest["languages"]) == set(LANGUAGES) and manifest["revision"] == stack.repo.head.oid
    assert manifest["languages"]["Java"]["kept"] == 1


def test_the_ingest_manifest_keeps_the_languages_of_earlier_runs(download, stack, place):
    stack.add_many(2)
    stack.add_many(3, "Java")
    download("--language", "Python")
    first = stack.repo.head.oid
    stack.add(padded("new"), "Java")
    download("--language", "Java")
    manifest = json.loads((place / "ingest_manifest.json").read_text())
    assert {name: (one["files"], one["revision"]) for name, one in manifest["languages"].items()} \
        == {"Python": (2, first), "Java": (4, stack.repo.head.oid)}


def test_max_samples_limits_each_language(download, stack, place):
    stack.add_many(9)
    download("--language", "Python", "--max-samples", "3")
    assert len(lines(place)) == 3


def test_a_second_run_fetches_only_what_is_not_there(download, stack, archive, place):
    blobs = stack.add_many(5)
    download()
    (place / lines(place)[blobs[2]]["file"]).unlink()
    download()
    assert [archive.requests[blob] for blob in blobs] == [1, 1, 2, 1, 1]
    assert len(files(place)) == len(lines(place)) == 5


def test_a_killed_run_is_gone_on_with(tideway, download, environment, stack, archive, place):
    blobs = stack.add_many(600)
    stack.publish()
    archive.hold_after = 400
    process = tideway.start("stack", SCRIPT, "--accept-terms", "--language", "Python", env=environment)
    wait_until(lambda: sum(archive.requests.values()) >= 400 and archive.at_once >= 64)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    noted = len((place / "Python_manifest.jsonl").read_text().splitlines())
    assert 100 <= noted <= 400
    archive.hold_after = None
    archive.released.set()
    wait_until(lambda: archive.at_once == 0)
    archive.requests.clear()
    download(publish=False)
    assert set(files(place)) == set(lines(place)) == set(blobs)
    assert sum(archive.requests.values()) == 600 - noted
    assert not list(place.rglob("*.tideway-tmp"))


def test_sigterm_ends_it_in_seconds_and_what_came_is_noted(tideway, download, environment, stack, archive, place):
    blobs = stack.add_many(200)
    stack.publish()
    archive.hold_after = 100
    process = tideway.start("stack", SCRIPT, "--accept-terms", "--language", "Python", env=environment)
    wait_until(lambda: sum(archive.requests.values()) >= 100 and archive.at_once >= 64)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode != 0 and time.monotonic() - begun < 5
    assert set(files(place)) == set(lines(place)) < set(blobs)
    archive.hold_after = None
    archive.released.set()
    download(publish=False)
    assert set(files(place)) == set(lines(place)) == set(blobs)


def test_two_downloads_of_one_language_are_a_conflict(tideway, download, environment, stack, archive):
    stack.add_many(100)
    stack.publish()
    archive.hold_after = 0
    process = tideway.start("stack", SCRIPT, "--accept-terms", "--language", "Python", env=environment)
    wait_until(lambda: archive.at_once >= 64)
    assert "another process downloads Python into stack" in download(code=FAILED, publish=False).err
    archive.released.set()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_sixty_four_come_at_once(tideway, stack, environment, archive, place):
    stack.add_many(200)
    stack.publish()
    archive.hold_after = 0
    process = tideway.start("stack", SCRIPT, "--accept-terms", "--language", "Python", env=environment)
    wait_until(lambda: archive.at_once >= 64)
    archive.released.set()
    process.communicate(timeout=60)
    assert process.returncode == 0 and archive.most_at_once == 64 and len(files(place)) == 200


def test_a_bucket_that_asks_to_slow_down_gives_all_in_the_end(download, stack, archive, place):
    stack.add_many(100)
    archive.busy = 20
    download()
    assert len(files(place)) == 100


def test_a_gated_dataset_is_told_with_where_to_accept(download, stack, hub):
    stack.repo.granted.clear()
    stack.add_many(1)
    result = download(code=AUTH)
    assert f"dataset {DATASET} is gated" in result.err
    assert f"ask for access at {hub.endpoint}/datasets/{DATASET}" in result.err


def test_the_bucket_is_asked_as_nobody_first_and_then_with_keys(download, stack, archive, place):
    stack.add(padded("open"))
    stack.add(padded("closed"), signed_only=True)
    download(AWS_ACCESS_KEY_ID="AKIDGOOD", AWS_SECRET_ACCESS_KEY="hidden-words")
    assert len(files(place)) == 2
    assert archive.ways["anonymous"] == 2 and archive.ways["signed"] == 1


def test_keys_that_aws_does_not_know_are_told_with_the_remedy(download, stack, archive):
    archive.anonymous = False
    stack.add_many(3)
    for arguments in (("--language", "Python"), ("--check",)):
        result = download(*arguments, code=AUTH, AWS_ACCESS_KEY_ID="AKIDBAD", AWS_SECRET_ACCESS_KEY="hidden-words")
        assert "AWS refuses the keys: InvalidAccessKeyId" in result.err
        assert "make one at https://console.aws.amazon.com/iam" in result.err
        assert "hidden-words" not in result.err + result.out


def test_check_tells_the_way_and_fetches_nothing(download, stack, archive, place):
    archive.add(b"")
    stack.add_many(1)
    result = download("--check")
    assert '"bucket": "anonymous"' in result.out and stack.repo.head.oid in result.out
    assert not (place / "raw").exists()


def test_paying_needs_consent_and_ends_at_the_limit(download, stack, archive, place):
    archive.paid = True
    stack.add_many(4)
    keys = {"AWS_ACCESS_KEY_ID": "AKIDGOOD", "AWS_SECRET_ACCESS_KEY": "hidden-words"}
    refused = download(code=AUTH, **keys)
    assert "AccessDenied" in refused.err and archive.ways["paid"] == 0
    pay = ("--language", "Python", "-p", "requester_pays=true", "-p", "at_once=1", "-p")
    refused = download(*pay, "spend_limit_usd=0", code=USAGE, **keys)
    assert "requester_pays without a spend_limit_usd" in refused.err
    ended = download(*pay, "spend_limit_usd=0.00004", code=USAGE, **keys)
    assert "for paid requests is reached" in ended.err
    assert len(files(place)) == archive.ways["paid"] == 2
    download(*pay, "spend_limit_usd=1", **keys)
    assert len(files(place)) == archive.ways["paid"] == 4


def test_terms_are_told_until_they_are_accepted_once(tideway, download, stack, environment):
    stack.add_many(1)
    stack.publish()
    refused = tideway("stack", SCRIPT, "--language", "Python", env=environment)
    assert refused.code == USAGE and "terms are not accepted" in refused.err
    download(publish=False)
    assert tideway("stack", SCRIPT, "--language", "Python", env=environment).code == 0


def test_a_check_reads_and_writes_nothing(tideway, stack, archive, environment, place):
    stack.add_many(3)
    stack.publish()
    result = tideway("check", SCRIPT, "-p", "accept_terms=true", "-p", "language=Python", env=environment)
    assert result.code == 0 and "swh.fetch into stack" in result.out, result.out + result.err
    assert not place.exists() and not archive.requests


def test_a_language_or_folder_that_is_none_is_an_error(download, stack, place):
    stack.add_many(1)
    assert "no language is named" in download("--max-samples", "1", code=USAGE).err
    assert "both all and language" in download("--all", "--language", "Python", code=USAGE, publish=False).err
    assert "Pythn" in download("--language", "Pythn", code=FAILED, publish=False).err
    place.write_text("a file")
    assert "stack" in download(code=FAILED, publish=False).err


def test_a_refresh_deletes_what_is_not_listed_any_more(download, stack, archive, place):
    blobs = stack.add_many(4)
    download()
    gone = stack.rows["Python"].pop(1)
    stack.rows["Python"][0]["star_events_count"] = 1  # listed, though the filter refuses it now
    download("--language", "Python", "--refresh")
    assert set(files(place)) == set(lines(place)) == set(blobs) - {gone["blob_id"]}
    assert gone["blob_id"] not in (place / "SHA256SUMS").read_text()
    assert json.loads((place / "ingest_manifest.json").read_text())["languages"]["Python"]["removed"] == 1


def test_long_names_are_cut_and_the_manifest_tells_what_they_were(download, stack, place):
    paths = ["/" + "ü" * 150 + ".py", "/" + "ü" * 149 + "a.py", "/" + "x/" * 150 + "a.py"]
    blobs = [stack.add(padded(path), path=path) for path in paths]
    download("--language", "Python", "-p", "names=path")
    assert [lines(place)[blob]["path"] for blob in blobs] == paths
    for blob in blobs:
        file = place / lines(place)[blob]["file"]
        assert file.read_bytes() == padded(lines(place)[blob]["path"])
        assert re.fullmatch(r"acme__tools__.*-" + blob + r"\.py", file.name) and len(file.name.encode()) <= 224


@pytest.mark.parametrize("on_error,state", [("replace", "fetched"), ("skip", "undecodable")])
def test_bytes_that_are_no_text_are_replaced_or_left_out(download, stack, place, on_error, state):
    blob = stack.add(padded("") + b"\xff\xfe")
    download("--language", "Python", "-p", f"on_error={on_error}")
    assert lines(place)[blob]["state"] == state
    assert files(place) == ({blob: padded("") + "\N{REPLACEMENT CHARACTER}".encode() * 2} if state == "fetched" else {})


def test_bytes_that_are_no_text_are_an_error_where_that_is_wanted(download, stack):
    blob = stack.add(padded("") + b"\xff\xfe")
    result = download("--language", "Python", "-p", "on_error=strict", code=FAILED)
    assert f"{blob}: encoding: no UTF-8 from byte 121 on" in result.err


def test_a_full_disk_ends_the_run_and_the_next_goes_on(download, stack, place):
    blobs = [stack.add(padded(f"{number}") + b"x" * 50_000) for number in range(60)]
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=True)
    try:
        result = download(code=FAILED)
        assert "no space left on device" in result.err
        assert all(len(content) > 50_000 for content in files(place).values())
        subprocess.run(["mount", "-o", "remount,size=16m", place], check=True)
        download()
        assert set(files(place)) == set(lines(place)) == set(blobs)
        assert all(hashlib.sha1(content).hexdigest() == blob for blob, content in files(place).items())
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_the_web_api_gives_few(tideway, stack, environment, archive, place):
    blobs = [*stack.add_many(2), stack.add(padded("large") * 10_000)]
    script = tideway.folder / "few.lua"
    script.write_text("""
local tw = require "tideway"
return tw.pipeline { name = "few", params = { limit = 100 }, run = function(job)
  local rows = tw.dataset.jsonl "rows.jsonl"
  return tw.swh.fetch(rows, { to = "stack", language = "Python", accept_terms = true, source = "api", at_once = 1,
                              batch = 1, api_limit = job.params.limit })
end }
""")
    (tideway.folder / "rows.jsonl").write_text("".join(json.dumps({"blob_id": blob}) + "\n" for blob in blobs))
    ended = tideway("run", script, "-p", "limit=1", env=environment)
    assert ended.code == USAGE and "more than 1 contents are not asked of the web API" in ended.err
    assert len(lines(place)) == 1
    assert tideway("run", script, env=environment).code == 0
    assert {line["source"] for line in lines(place).values()} == {"api"} and len(files(place)) == 3


NAMES = ["ascii", "utf_8", "latin_1", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
         "cp1258", "cp437", "cp850", "cp852", "cp855", "cp866", "koi8_r", "koi8_u", "windows-1252", "1252",
         *(f"iso8859_{part}" for part in range(2, 17) if part != 12)]


def test_single_bytes_are_read_as_python_reads_them(tideway):
    script = tideway.folder / "decode.lua"
    script.write_text("""
local tw = require "tideway"
return tw.pipeline { name = "decode", params = { names = "" }, run = function(job)
  for name in job.params.names:gmatch "[^,]+" do
    for byte = 0, 255 do
      local ok, text = pcall(tw.swh.decode, string.char(byte), name)
      local hex = ok and text:gsub(".", function(c) return ("%02x"):format(c:byte()) end) or "none"
      print("read", name, byte, hex)
    end
  end
end }
""")
    result = tideway("run", script, "-p", "names=" + ",".join(NAMES))
    assert result.code == 0, result.err
    read = [line.split("\t")[1:] for line in result.out.splitlines() if line.startswith("read\t")]
    assert len(read) == 256 * len(NAMES)

    def by_python(name, byte):
        try:
            return codecs.decode(bytes([byte]), name).encode().hex()
        except UnicodeDecodeError:
            return "none"

    assert [one for one in read if one[2] != by_python(one[0], int(one[1]))] == []
