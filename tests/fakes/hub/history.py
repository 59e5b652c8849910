"""Refs and commits: branches, tags, the log, differences, squashing."""

import difflib
import html

from . import paging
from .answers import Refused, as_json, as_text
from .repository import iso
from .routing import Routes

routes = Routes()
KINDS = {"branches": "refs/heads/", "tags": "refs/tags/", "converts": "refs/convert/", "pullRequests": "refs/pr/"}


@routes.api("GET", "/refs")
def refs(hub, request, repo):
    listed = {
        kind: [{"name": ref.removeprefix(start), "ref": ref, "targetCommit": oid}
               for ref, oid in sorted(repo.refs.items()) if ref.startswith(start)]
        for kind, start in KINDS.items()
    }
    if not request.flag("include_prs"):
        del listed["pullRequests"]
    return as_json(listed)


@routes.api("GET", "/commits/{rev}")
def commits(hub, request, repo, rev):
    log = list(repo.log(repo.commit_at(rev)))
    page, headers = paging.page(hub, request, log, hub.settings.commits_page_size)
    formatted = "formatted" in request.params.get("expand[]", []) + request.params.get("expand", [])
    headers["X-Total-Count"] = str(len(log))
    return as_json([described(commit, formatted) for commit in page], headers=headers)


def described(commit, formatted):
    one = {
        "id": commit.oid, "title": commit.title, "message": commit.description,
        "authors": [{"user": commit.author, "avatar": ""}], "date": iso(commit.date),
    }
    if formatted:
        one["formatted"] = {"title": html.escape(commit.title), "message": html.escape(commit.description)}
    return one


@routes.api("GET", "/compare/{range}")
def compare(hub, request, repo, range):
    """The difference as git shows it; large files by their pointers."""
    before, _, after = range.partition("..")
    return as_text(difference(repo, repo.commit_at(before), repo.commit_at(after.lstrip("."))))


def difference(repo, before, after):
    text = []
    for path in sorted(before.files.keys() | after.files.keys()):
        if before.files.get(path) == after.files.get(path):
            continue
        sides = [lines_of(repo, commit.files.get(path)) for commit in (before, after)]
        names = [f"{side}/{path}" if path in commit.files else "/dev/null"
                 for side, commit in (("a", before), ("b", after))]
        text.append(f"diff --git a/{path} b/{path}\n")
        text += difflib.unified_diff(*sides, *names)
    return "".join(text)


def lines_of(repo, file):
    text = repo.hub.store.read(file).decode(errors="replace") if file else ""
    return [line + "\n" for line in text.splitlines()]


@routes.api("POST", "/branch/{name}", "write")
def create_branch(hub, request, repo, name):
    asked, ref = request.json(), f"refs/heads/{name}"
    repo.check_name(ref)
    if ref in repo.refs and not asked.get("overwrite"):
        raise Refused(409, f"Reference already exists: {ref}")
    start = repo.commit_at(asked.get("startingPoint") or "main")
    if asked.get("emptyBranch"):
        repo.add_commit(ref, {}, "initial commit", author=request.user.name, parents=())
    else:
        repo.refs[ref] = start.oid
    return as_json({})


@routes.api("DELETE", "/branch/{name}", "write")
def delete_branch(hub, request, repo, name):
    if name == "main":
        raise Refused(403, "Cannot delete the default branch")
    return delete_ref(repo, f"refs/heads/{name}")


@routes.api("POST", "/tag/{rev}", "write")
def create_tag(hub, request, repo, rev):
    ref = f"refs/tags/{request.json()['tag']}"
    repo.check_name(ref)
    target = repo.commit_at(rev)
    if ref in repo.refs:
        raise Refused(409, f"Tag reference exists already: {ref}")
    repo.refs[ref] = target.oid
    return as_json({})


@routes.api("DELETE", "/tag/{tag}", "write")
def delete_tag(hub, request, repo, tag):
    return delete_ref(repo, f"refs/tags/{tag}")


def delete_ref(repo, ref):
    if repo.refs.pop(ref, None) is None:
        raise Refused(404, f"Reference does not exist: {ref}", code="RevisionNotFound")
    return as_json({})


@routes.api("POST", "/super-squash/{name}", "write")
def super_squash(hub, request, repo, name):
    """Makes one commit without a parent of all the history of a branch."""
    ref, message = repo.ref_of(name), request.json().get("message") or f"Super-squash branch '{name}'"
    head = repo.commit_at(name)
    if ref is None or ref.startswith("refs/tags/"):
        raise Refused(400, "Only branches can be squashed")
    if len(message) > 500:
        raise Refused(400, "The message is too long")
    repo.add_commit(ref, head.files, message, author=request.user.name, parents=())
    return as_json({})
