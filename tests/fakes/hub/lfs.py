"""Large files on their way up: batch, completion, verification; and the list of them."""

import math

from . import paging, signing
from .access import check
from .answers import Refused, StorageRefused, as_json
from .repository import iso
from .routing import Routes

routes = Routes()
TYPE = {"Content-Type": "application/vnd.git-lfs+json"}


@routes.page("POST", ".git/info/lfs/objects/batch")
def batch(hub, request, repo):
    asked = request.json()
    if asked["operation"] == "download":
        check(hub, request.user, repo, "files")
        objects = [download(hub, repo, one) for one in asked["objects"]]
        return as_json({"transfer": "basic", "objects": objects}, 200, TYPE)
    check(hub, request.user, repo, "write" if asked.get("ref") else "discuss")
    several = "multipart" in asked.get("transfers", ["basic"])
    objects = [upload(hub, repo, one, several) for one in asked["objects"]]
    transfer = "multipart" if any("chunk_size" in header_of(one) for one in objects) else "basic"
    return as_json({"transfer": transfer, "objects": objects, "hash_algo": "sha256"}, 200, TYPE)


def header_of(one):
    return one.get("actions", {}).get("upload", {}).get("header", {})


def download(hub, repo, one):
    if one["oid"] not in repo.objects:
        return {**one, "error": {"code": 404, "message": "Object does not exist on the server"}}
    url = hub.sign("GET", f"/objects/{one['oid']}")
    return {**one, "authenticated": True, "actions": {"download": {"href": url, "expires_in": hub.settings.url_life}}}


def upload(hub, repo, one, several):
    oid, size = one["oid"], one["size"]
    if size == 0:
        return {**one, "error": {"code": 422, "message": "Empty objects are not allowed"}}
    if oid in repo.objects:
        return one
    several = several and size > hub.settings.multipart_threshold
    actions = {"upload": parts(hub, repo, oid, size) if several else whole(hub, repo, oid, size)}
    if hub.settings.verify:
        actions["verify"] = {"href": f"{hub.url_of(repo)}.git/info/lfs/verify"}
    return {**one, "authenticated": True, "actions": actions}


def whole(hub, repo, oid, size):
    return {"href": hub.sign("PUT", f"/upload/{oid}", size=size, type=repo.type, repo=repo.id)}


def parts(hub, repo, oid, size):
    chunk, id = hub.settings.chunk_size, hub.store.begin_parts()
    header = {"chunk_size": str(chunk)}
    for number in range(1, math.ceil(size / chunk) + 1):
        key = f"{number:05d}" if hub.settings.padded_keys else str(number)
        header[key] = hub.sign("PUT", f"/upload/{oid}", uploadId=id, partNumber=number)
    done = hub.sign("POST", "/api/complete_multipart", origin=hub.endpoint, uploadId=id, oid=oid, size=size,
                    type=repo.type, repo=repo.id)
    return {"href": done, "header": header}


@routes("POST", "/api/complete_multipart")
def complete(hub, request):
    """May be called again: what is joined stays so."""
    given, asked = signing.check(hub.clock, request), request.json()
    objects = hub.repo(given["type"], given["repo"]).objects
    if given["oid"] in objects:
        return as_json({"success": True})
    listed = [(part["partNumber"], part["etag"]) for part in asked["parts"]]
    size = hub.store.join_parts(given["uploadId"], listed, given["oid"])
    if size is None:
        raise StorageRefused(400, "One or more of the specified parts could not be found", "InvalidPart")
    objects[given["oid"]] = size
    return as_json({"success": True})


@routes.page("POST", ".git/info/lfs/verify", "discuss")
def verify(hub, request, repo):
    asked = request.json()
    if repo.objects.get(asked["oid"]) != asked["size"]:
        raise Refused(404, "Object does not exist on the server")
    return as_json({}, 200, TYPE)


@routes.api("GET", "/lfs-files", "write")
def list_files(hub, request, repo):
    page, headers = paging.page(hub, request, sorted(repo.objects), hub.settings.page_size)
    return as_json([listed(hub, repo, oid) for oid in page], headers=headers)


def listed(hub, repo, oid):
    for commit in reversed(repo.commits.values()):
        for path, file in commit.files.items():
            if file.lfs == oid:
                return {"fileOid": oid, "oid": oid, "filename": path, "size": repo.objects[oid],
                        "pushedAt": iso(commit.date), "ref": "refs/heads/main"}
    return {"fileOid": oid, "oid": oid, "filename": "", "size": repo.objects[oid], "pushedAt": hub.now(), "ref": None}


@routes.api("POST", "/lfs-files/batch", "write")
def delete_files(hub, request, repo):
    deletions = request.json()["deletions"]
    shas = set(deletions["sha"])
    for sha in shas:
        repo.objects.pop(sha, None)
    if deletions.get("rewriteHistory"):
        files = {path: file for path, file in repo.head.files.items() if file.lfs not in shas}
        repo.add_commit("refs/heads/main", files, "Delete large files", parents=repo.head.parents)
    return as_json({})


@routes.api("POST", "/lfs-files/duplicate")
def duplicate(hub, request, repo):
    """Makes the large files of one repository known to another."""
    asked = request.json()
    target = hub.admit(request, asked["target"]["type"] + "s", asked["target"]["name"], "write")
    results = []
    for file in asked["files"]:
        known = file.get("sha256") in repo.objects
        if known:
            target.objects[file["sha256"]] = repo.objects[file["sha256"]]
        results.append({**file, "success": known})
    return as_json({"success": True, "files": results})
