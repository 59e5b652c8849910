"""`tideway store`, against servers of both kinds."""

import json
import os
import urllib.request

import pytest
from object_stores import gs, place  # noqa: F401
from s3_server import KEYS


@pytest.fixture
def store(tideway, place):
    def store(*arguments, code=0):
        words = [str(word).replace("@", place.uri) for word in arguments]
        done = tideway("store", *words, "--json", env=place.env)
        assert done.code == code, done.out + done.err
        return json.loads(done.out) if code == 0 else done.err

    return store


@pytest.fixture
def folder(tideway):
    """Files for all that may be in a name."""
    folder = tideway.folder / "in"
    for name in ("a.txt", "deep/b c+d%.txt", "deep/er/ü.bin"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1000))
    (folder / "deep" / "empty").touch()
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keys(store):
    return [one["key"] for one in store("ls", "-r", "@")["objects"]]


def test_a_file_goes_and_comes_back(store, tideway):
    (tideway.folder / "a.txt").write_text("hello")
    assert store("put", "a.txt", "@/data/", "--content-type", "text/plain")["sent_files"] == 1
    assert store("stat", "@/data/a.txt")["content_type"] == "text/plain"
    assert store("get", "@/data/a.txt", "b.txt")["fetched_bytes"] == 5
    assert (tideway.folder / "b.txt").read_text() == "hello"
    (tideway.folder / "into").mkdir()
    store("get", "@/data/a.txt", "into")
    assert (tideway.folder / "into" / "a.txt").read_text() == "hello"


def test_a_path_of_this_machine_is_an_object_of_its_folder(tideway):
    (tideway.folder / "a.txt").write_text("text")
    shown = tideway("store", "stat", f"file:{tideway.folder}/a.txt", "--json")
    assert json.loads(shown.out)["bytes"] == 4
    missing = tideway("store", "ls", f"file:{tideway.folder}/none")
    assert missing.code == 1 and f"tideway store mb file:{tideway.folder}/none" in missing.err
    assert tideway("store", "mb", f"file:{tideway.folder}/none").code == 0
    assert tideway("store", "put", "a.txt", f"file:{tideway.folder}/none").code == 0
    assert (tideway.folder / "none" / "a.txt").read_text() == "text"


def test_a_folder_goes_and_comes_back_and_nothing_twice(store, folder, tideway):
    assert store("put", "-r", "in", "@/tree")["sent_files"] == 4
    assert keys(store) == sorted(f"tree/{name}" for name in contents(folder))
    assert store("get", "-r", "@/tree", "out")["fetched_files"] == 4
    assert contents(tideway.folder / "out") == contents(folder)
    (folder / "a.txt").write_bytes(os.urandom(1000))
    again = store("put", "-r", "in", "@/tree")
    assert [one["key"] for one in again["files"] if one["sent"]] == ["tree/a.txt"]
    back = store("get", "-r", "@/tree", "out")
    assert [one["key"] for one in back["files"] if one["fetched"]] == ["tree/a.txt"]
    assert contents(tideway.folder / "out") == contents(folder)


def test_a_list_ends_at_the_next_slash(store, folder, tideway, place):
    store("put", "-r", "in", "@")
    top = store("ls", "@")
    assert [one["key"] for one in top["objects"]] == ["a.txt"] and top["prefixes"] == ["deep/"]
    assert store("ls", "@/deep/")["prefixes"] == ["deep/er/"]
    text = tideway("store", "ls", place.uri, env=place.env).out
    assert text.split()[0] == "deep/" and "1000 B" in text.replace("1,000", "1000"), text


def test_a_dry_run_changes_nothing(store, folder, tideway):
    assert store("put", "-r", "in", "@/tree", "--dry-run")["sent_files"] == 4
    assert keys(store) == []
    store("put", "-r", "in", "@/tree")
    assert store("get", "-r", "@/tree", "out", "--dry-run")["fetched_files"] == 4
    assert not (tideway.folder / "out").exists()
    assert len(store("rm", "-r", "@/tree", "--dry-run")["deleted"]) == 4
    store("cp", "@/tree/a.txt", "@/copy.txt", "--dry-run")
    assert len(keys(store)) == 4


def test_objects_are_copied_and_deleted(store, folder):
    store("put", "-r", "in", "@/tree")
    store("put", "in/a.txt", "@/trees")
    assert store("cp", "@/tree/a.txt", "@/b.txt")["bytes"] == 1000
    store("rm", "@/b.txt")
    assert "no object" in store("rm", "@/b.txt", code=1)
    assert len(store("rm", "-r", "@/tree")["deleted"]) == 4
    assert keys(store) == ["trees"]


def test_what_is_there_is_not_replaced_with_if_absent(store, folder):
    store("put", "in/a.txt", "@/a", "--if-absent")
    assert "is there already" in store("put", "in/deep/empty", "@/a", "--if-absent", code=1)
    assert store("stat", "@/a")["bytes"] == 1000


def test_what_is_not_there_is_told(store, tideway):
    assert "no object" in store("stat", "@/none", code=1)
    assert "no object below" in store("get", "-r", "@/none", code=1)
    assert "cannot read" in store("put", "none", "@/none", code=1)
    (tideway.folder / "empty").mkdir()
    assert "no files in empty" in store("put", "-r", "empty", "@/none", code=1)
    assert "with -r" in store("put", "empty", "@/none", code=2)


@pytest.mark.parametrize("key", ["tree/../../x", "tree//x", "tree/./x", "tree//etc/passwd"])
def test_a_key_never_leaves_the_folder(tideway, gs, key):  # noqa: F811
    bucket = f"gs://{tideway.folder.name.replace('_', '-')[-30:].strip('-')}"
    (tideway.folder / "x").write_text("x")
    for words in (("mb", bucket), ("put", "x", f"{bucket}/{key}"), ("put", "x", f"{bucket}/tree/y")):
        done = tideway("store", *words, env=gs)
        assert done.code == 0, done.err
    done = tideway("store", "get", "-r", f"{bucket}/tree", "out/deep", env=gs)
    assert done.code == 1 and "no path below a folder" in done.err and key in done.err
    assert contents(tideway.folder / "out") == {"deep/y": b"x"}


def test_a_signed_address_is_for_one_use(tideway, s3):  # noqa: F811
    (tideway.folder / "x").write_text("hello")
    for words in (("mb", "s3://signed"), ("put", "x", "s3://signed/x")):
        assert tideway("store", *words, env=s3).code == 0
    done = tideway("store", "presign", "s3://signed/x", "--expires", "60", env=s3)
    assert done.code == 0 and KEYS["AWS_SECRET_ACCESS_KEY"] not in done.out
    with urllib.request.urlopen(done.out.strip()) as answer:
        assert answer.read() == b"hello"
    url = tideway("store", "presign", "s3://signed/y", "--method", "PUT", env=s3).out.strip()
    with urllib.request.urlopen(urllib.request.Request(url, data=b"sent", method="PUT")):
        pass
    assert "4 B" in tideway("store", "ls", "s3://signed/y", env=s3).out
    late = tideway("store", "presign", "s3://signed/x", "--expires", "9999999", env=s3)
    assert late.code == 2 and "expires_s must be from 1 to 604800: 9999999" in late.err
