"""Repositories: create, delete, move, settings, information and lists."""

import base64
import re

from . import paging
from .access import check, check_namespace, require_user
from .answers import Refused, as_json, as_text
from .repository import Repository, iso
from .routing import Routes

routes = Routes()
ID = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9_]([\w.-]{0,94}[A-Za-z0-9_])?(?<!\.git)")


def named(request, asked):
    """The type and id of a body with name, organization and type."""
    namespace = asked.get("organization") or require_user(request).name
    return asked.get("type", "model") + "s", f"{namespace}/{asked['name']}"


def wants_private(asked):
    return asked.get("private", asked.get("visibility") == "private")


@routes("POST", "/api/repos/create")
def create(hub, request):
    asked, user = request.json(), require_user(request)
    type, id = named(request, asked)
    if not ID.fullmatch(asked["name"]) or len(id) > 96:
        raise Refused(400, f"Invalid repository name: {asked['name']}")
    if type == "spaces" and asked.get("sdk") not in ("gradio", "docker", "static"):
        raise Refused(400, "Invalid input: sdk is required")
    check_namespace(user, id.partition("/")[0])
    if (type, id) in hub.repositories:
        url = hub.url_of(hub.repositories[type, id])
        if hub.settings.third_party:
            return as_json({"url": url})
        raise Refused(409, f"You already created this {type[:-1]} repo", url=url)
    repo = hub.repositories[type, id] = Repository(hub, type, id, wants_private(asked), author=user.name)
    hub.moves.pop((type, id), None)
    if repo.space:
        set_up_space(hub, repo.space, asked)
    if files := asked.get("files"):
        repo.commit({file["path"]: content_of(file) for file in files}, "initial files")
    return as_json({"url": hub.url_of(repo), "name": repo.id, "id": repo.key})


def content_of(file):
    text = file["content"]
    return base64.b64decode(text) if file.get("encoding") == "base64" else text.encode()


def set_up_space(hub, space, asked):
    space.sdk, space.stage = asked["sdk"], "NO_APP_FILE"
    space.hardware = asked.get("hardware", space.hardware)
    space.sleep_time = asked.get("sleepTimeSeconds", space.sleep_time)
    for name, values in (("secrets", space.secrets), ("variables", space.variables)):
        for one in asked.get(name) or []:
            values[one["key"]] = {"value": one["value"], "description": None, "updatedAt": hub.now()}


@routes("DELETE", "/api/repos/delete")
def delete(hub, request):
    type, id = named(request, request.json())
    hub.admit(request, type, id, "write")
    del hub.repositories[type, id]
    return as_text("OK")


@routes("POST", "/api/repos/move")
def move(hub, request):
    asked = request.json()
    type, old, new = asked.get("type", "model") + "s", asked["fromRepo"], asked["toRepo"]
    repo = hub.admit(request, type, old, "write")
    check_namespace(request.user, new.partition("/")[0])
    if (type, new) in hub.repositories:
        raise Refused(409, f"You already created this {type[:-1]} repo")
    hub.rename(repo, new)
    return as_text("OK")


@routes.api("PUT", "/settings", "write")
def change_settings(hub, request, repo):
    asked = request.json()
    if "private" in asked or "visibility" in asked:
        repo.private = wants_private(asked)
    if "gated" in asked:
        if asked["gated"] not in (False, "auto", "manual"):
            raise Refused(400, "Invalid value for gated")
        repo.gated = asked["gated"]
    return as_json({"private": repo.private, "gated": repo.gated})


def sibling(path, file, blobs):
    if not blobs:
        return {"rfilename": path}
    large = {"sha256": file.lfs, "size": file.size, "pointerSize": file.pointer_size} if file.lfs else None
    one = {"rfilename": path, "size": file.size, "blobId": file.oid}
    return {**one, "lfs": large} if large else one


def fields_of(hub, repo, commit, blobs=False):
    fields = {
        "author": repo.namespace, "sha": commit.oid, "lastModified": iso(commit.date), "private": repo.private,
        "gated": repo.gated, "disabled": repo.disabled, "tags": [], "downloads": 0, "likes": 0,
        "createdAt": iso(repo.created), "cardData": repo.card, "usedStorage": repo.used_storage(),
        "siblings": [sibling(path, file, blobs) for path, file in sorted(commit.files.items())],
    }
    if repo.space:
        fields["sdk"] = repo.space.sdk
    return {name: value for name, value in fields.items() if value is not None}


EXPANDED = {"downloadsAllTime": 0, "trendingScore": 0, "xetEnabled": False, "description": "", "citation": None,
            "mainSize": 0, "resourceGroup": None}


@routes.api("GET")
def information(hub, request, repo):
    return revision_information(hub, request, repo, "main")


@routes.api("GET", "/revision/{rev}")
def revision_information(hub, request, repo, rev):
    expand = request.params.get("expand", []) + request.params.get("expand[]", [])
    blobs = request.flag("blobs")
    if expand and blobs:
        raise Refused(400, "expand and blobs are mutually exclusive")
    fields = fields_of(hub, repo, repo.commit_at(rev), blobs)
    if expand:
        known = {**EXPANDED, **fields}
        if unknown := [name for name in expand if name not in known and name != "cardData"]:
            raise Refused(400, f"Unknown field to expand: {unknown[0]}")
        fields = {name: known[name] for name in expand if name in known}
    return as_json({"_id": repo.key, "id": repo.id, **fields})


@routes("GET", "/api/{type}")
def list_repositories(hub, request, type):
    found = [repo for (kind, _), repo in sorted(hub.repositories.items())
             if kind == type and listed(hub, request, repo)]
    if request.param("sort"):
        found.sort(key=lambda repo: repo.head.date, reverse=request.param("direction", "-1") == "-1")
    page, headers = paging.page(hub, request, found, hub.settings.page_size)
    full = request.flag("full")
    return as_json([{"_id": repo.key, "id": repo.id, **shown(hub, repo, full)} for repo in page], headers=headers)


def shown(hub, repo, full):
    fields = fields_of(hub, repo, repo.head)
    return fields if full else {name: value for name, value in fields.items() if name != "siblings"}


def listed(hub, request, repo):
    try:
        check(hub, request.user, repo, "read")
    except Refused:
        return False
    author = request.param("author")
    return author in (None, repo.namespace) and request.param("search", "").lower() in repo.id.lower()
