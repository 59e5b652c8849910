"""The commit call: a header and one operation a line, all of it or nothing."""

import base64
import json

from . import attributes, discussions, git
from .answers import Refused, as_json
from .routing import Routes

routes = Routes()
STALE = "A commit has happened since. Please refresh and try again."
DANGLING = "Your push was rejected because an LFS pointer pointed to a file that does not exist"


@routes.api("POST", "/commit/{rev}", "discuss")
def commit(hub, request, repo, rev):
    header, operations = parse(request)
    ref, opens = repo.ref_of(rev), request.flag("create_pr") and not hub.settings.third_party
    if ref is None or ref.startswith("refs/tags/"):
        raise Refused(404, f"Invalid rev id: {rev}", code="RevisionNotFound")
    if not opens and not discussions.is_own(repo, ref, request.user):
        hub.admit(request, repo.type, repo.id, "write")
    base = repo.commits[repo.refs[ref]]
    if parent := header.get("parentCommit"):
        if not opens and parent != base.oid:
            raise stale(hub, parent, base.oid)
        base = repo.commit_at(parent)
    files = apply(hub, repo, dict(base.files), operations)
    hub.limits.spend_commit(request.user.name)
    if opens:
        ref = discussions.open_discussion(hub, repo, request.user, header["summary"], header.get("description", ""),
                                          base=ref, start=base.oid).ref
    made = repo.add_commit(ref, files, header["summary"], header.get("description", ""), request.user.name)
    answer = {"success": True, "commitOid": made.oid, "commitUrl": f"{hub.url_of(repo)}/commit/{made.oid}",
              "hookOutput": ""}
    if opens:
        answer["pullRequestUrl"] = f"{hub.url_of(repo)}/discussions/{ref.rpartition('/')[2]}"
    return as_json(answer)


def stale(hub, parent, tip):
    if hub.settings.third_party:
        return Refused(500, f"expected parent commit {parent} but branch tip is {tip}")
    return Refused(412, STALE)


def parse(request):
    """The header and the operations, of NDJSON or of the older single object."""
    if request.headers.get_content_type() == "application/json":
        whole = request.json()
        names = (("files", "file"), ("lfsFiles", "lfsFile"), ("deletedEntries", "deletedEntry"))
        return whole, [(key, value) for name, key in names for value in whole.get(name, [])]
    lines = [json.loads(line) for line in request.body.splitlines() if line.strip()]
    if not lines or lines[0]["key"] != "header" or not lines[0]["value"].get("summary"):
        raise Refused(400, "The first line must be a header with a summary")
    return lines[0]["value"], [(line["key"], line["value"]) for line in lines[1:]]


def apply(hub, repo, files, operations):
    """The files after the operations; additions to .gitattributes for large files that no rule names."""
    for key, value in operations:
        if key not in OPERATIONS:
            raise Refused(400, f"Unknown operation: {key}")
        check_path(value["path"])
        OPERATIONS[key](hub, repo, files, value)
    check_folders(files)
    rules = repo.text(files, ".gitattributes")
    named = "".join(f"{path}{attributes.LARGE}\n" for key, value in operations if key == "lfsFile"
                    for path in [value["path"]] if path in files and not attributes.is_large(rules, path))
    if named:
        text = (rules + named).encode()
        files[".gitattributes"] = git.File(hub.store.put_blob(text), len(text))
    return files


def check_path(path):
    parts = path.rstrip("/").split("/")
    if any(part in ("", ".", "..", ".git") for part in parts):
        raise Refused(400, f"Invalid path: {path}")


def check_folders(files):
    """A name is a file or a folder, not both."""
    folders = {path[:at] for path in files for at, sign in enumerate(path) if sign == "/"}
    if both := folders & files.keys():
        raise Refused(400, f"A file and a folder have one name: {both.pop()}")


def add_file(hub, repo, files, value):
    if "content" not in value:
        files[value["path"]] = files.pop(value["oldPath"])
        return
    data = value["content"]
    data = base64.b64decode(data, validate=True) if value.get("encoding") == "base64" else data.encode()
    files.pop(value.get("oldPath"), None)
    files[value["path"]] = git.File(hub.store.put_blob(data), len(data))


def add_large_file(hub, repo, files, value):
    size = repo.objects.get(value["oid"])
    if hub.settings.third_party:  # takes a pointer to nothing
        size = value["size"]
    if value.get("algo", "sha256") != "sha256" or size is None or value.get("size", size) != size:
        raise Refused(400, f"{DANGLING}: {value['path']}")
    files.pop(value.get("oldPath"), None)
    files[value["path"]] = git.large_file(value["oid"], size)


def delete_file(hub, repo, files, value):
    if files.pop(value["path"], None) is None and not hub.settings.third_party:
        raise Refused(404, f"A file with this name doesn't exist: {value['path']}", code="EntryNotFound")


def delete_folder(hub, repo, files, value):
    start = value["path"].rstrip("/") + "/"
    inside = [path for path in files if path.startswith(start)]
    if not inside:
        raise Refused(404, f"A folder with this name doesn't exist: {value['path']}", code="EntryNotFound")
    for path in inside:
        del files[path]


def delete_entry(hub, repo, files, value):
    (delete_file if value["path"] in files else delete_folder)(hub, repo, files, value)


OPERATIONS = {
    "file": add_file, "lfsFile": add_large_file, "deletedFile": delete_file, "deletedFolder": delete_folder,
    "deletedEntry": delete_entry,
}
