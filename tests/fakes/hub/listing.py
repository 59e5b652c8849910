"""What is in a revision: trees, information on paths, sizes."""

import hashlib

from . import paging
from .answers import Refused, as_json
from .repository import iso
from .routing import Routes

routes = Routes()
SAFE = {"status": "safe", "avScan": {"virusFound": False, "virusNames": None}, "pickleImportScan": None}


def entry(hub, repo, commit, path, expand):
    """The description of a file or folder, or None if there is no such path."""
    file = commit.files.get(path)
    if file is None and (path not in commit.folders or not path):
        return None
    if file is None:
        one = {"type": "directory", "oid": commit.folders[path], "size": 0, "path": path}
    else:
        one = {"type": "file", "oid": file.oid, "size": file.size, "path": path}
    if file and file.lfs:
        one["lfs"] = {"oid": file.lfs, "size": file.size, "pointerSize": file.pointer_size}
        if hub.settings.xet_hashes:
            one["xetHash"] = xet_hash(file)
    if expand:
        last = repo.last_change(commit, path)
        one["lastCommit"] = {"id": last.oid, "title": last.title, "date": iso(last.date)}
        if file:
            one["securityFileStatus"] = SAFE
    return one


def xet_hash(file):
    """A name that is no sha256 of the content, as Xet's is not."""
    return hashlib.sha256(file.lfs.encode()).hexdigest()


def below(folder):
    return folder + "/" if folder else ""


def paths_in(commit, folder, recursive):
    """Folders before files in one folder; all sorted by path if recursive."""
    start = below(folder)
    folders = [path for path in commit.folders if path and path.startswith(start)]
    files = [path for path in commit.files if path.startswith(start)]
    if recursive:
        return sorted(folders + files)
    return [path for group in (folders, files) for path in sorted(group) if "/" not in path[len(start):]]


@routes.api("GET", "/tree/{rev}")
@routes.api("GET", "/tree/{rev}/{path}")
def tree(hub, request, repo, rev, path=""):
    commit = repo.commit_at(rev)
    if path not in commit.folders and hub.settings.third_party:
        raise Refused(500, "object not found")
    if path not in commit.folders:
        raise Refused(404, f"{path} does not exist on \"{rev}\"", code="EntryNotFound")
    expand = request.flag("expand")
    size = hub.settings.expanded_page_size if expand else hub.settings.page_size
    paths, headers = paging.page(hub, request, paths_in(commit, path, request.flag("recursive")), size)
    entries = [entry(hub, repo, commit, one, expand) for one in paths]
    if hub.settings.third_party:
        entries = [one if one["type"] == "file" else {} for one in entries]
    return as_json(entries, headers=headers)


@routes.api("POST", "/paths-info/{rev}")
def paths_info(hub, request, repo, rev):
    commit, asked = repo.commit_at(rev), request.form_or_json()
    paths = asked.get("paths", [])
    if len(paths) > hub.settings.paths_limit:
        raise Refused(413, "Too many paths")
    expand = str(asked.get("expand", [False])).lower() in ("true", "['true']")
    found = (entry(hub, repo, commit, path.strip("/"), expand) for path in paths)
    return as_json([one for one in found if one])


@routes.api("GET", "/treesize/{rev}")
@routes.api("GET", "/treesize/{rev}/{path}")
def tree_size(hub, request, repo, rev, path=""):
    commit = repo.commit_at(rev)
    if path not in commit.folders:
        raise Refused(404, "Entry not found", code="EntryNotFound")
    size = sum(file.size for name, file in commit.files.items() if name.startswith(below(path)))
    return as_json({"path": path, "size": size})
