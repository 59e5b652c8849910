"""Discussions and pull requests: open, comment, change status, merge, delete the ref."""

import dataclasses
import uuid

from .access import check
from .answers import Refused, as_json
from .history import difference
from .routing import Routes

routes = Routes()


@dataclasses.dataclass
class Discussion:
    """A discussion; a pull request if it has a `base`, the ref it is to be merged into."""

    num: int
    title: str
    author: str
    created: str
    status: str
    base: str | None = None
    start: str | None = None
    merged: str | None = None
    events: list = dataclasses.field(default_factory=list)

    @property
    def ref(self):
        return f"refs/pr/{self.num}"

    def add_event(self, hub, user, type, data):
        self.events.append({
            "id": uuid.uuid4().hex[:24], "type": type, "createdAt": hub.now(), "author": {"name": user.name},
            "data": data,
        })
        return self.events[-1]

    def add_comment(self, hub, user, text):
        return self.add_event(hub, user, "comment", {"edited": False, "hidden": False, "latest": {"raw": text}})


def open_discussion(hub, repo, user, title, description="", base=None, start=None, status="open"):
    """Opens a discussion or, with `base`, a pull request whose ref starts at the commit `start`."""
    one = Discussion(len(repo.discussions) + 1, title, user.name, hub.now(), status, base, start)
    repo.discussions.append(one)
    if base:
        repo.refs[one.ref] = start
    one.add_comment(hub, user, description)
    return one


def is_own(repo, ref, user):
    """Whether `ref` is of a pull request that `user` opened."""
    return any(one.base and one.ref == ref and one.author == user.name for one in repo.discussions)


def find(repo, num):
    if not num.isdigit() or not 0 < int(num) <= len(repo.discussions):
        raise Refused(404, "Discussion not found")
    return repo.discussions[int(num) - 1]


def summary(repo, one):
    return {
        "num": one.num, "title": one.title, "author": {"name": one.author}, "createdAt": one.created,
        "status": one.status, "isPullRequest": one.base is not None,
        "repo": {"name": repo.id, "type": repo.type[:-1]},
    }


@routes.api("POST", "/discussions", "discuss")
def create(hub, request, repo):
    asked = request.json()
    if not 3 <= len(asked["title"]) <= 200:
        raise Refused(400, "The title must have 3 to 200 characters")
    base = {"base": "refs/heads/main", "start": repo.head.oid, "status": "draft"} if asked.get("pullRequest") else {}
    one = open_discussion(hub, repo, request.user, asked["title"], asked.get("description", ""), **base)
    return as_json({"num": one.num, "url": f"{hub.url_of(repo)}/discussions/{one.num}",
                    "pullRequest": one.base is not None})


@routes.api("GET", "/discussions")
def list_discussions(hub, request, repo):
    wanted = {"pull_request": [True], "discussion": [False]}.get(request.param("type"), [True, False])
    found = [summary(repo, one) for one in reversed(repo.discussions) if (one.base is not None) in wanted
             and request.param("author") in (None, one.author) and request.param("status") in (None, "all", one.status)]
    first = int(request.param("p", 0)) * 50
    return as_json({"count": len(found), "start": first, "discussions": found[first:first + 50]})


@routes.api("GET", "/discussions/{num}")
def details(hub, request, repo, num):
    one = find(repo, num)
    answer = {**summary(repo, one), "events": one.events}
    if one.base:
        answer["changes"] = {"base": one.base, "mergeCommitId": one.merged}
        answer["filesWithConflicts"] = conflicts(repo, one) if one.ref in repo.refs and not one.merged else []
        if request.flag("diff") and one.ref in repo.refs:
            answer["diff"] = difference(repo, repo.commits[one.start], repo.commit_at(one.ref))
    return as_json(answer)


@routes.api("POST", "/discussions/{num}/comment", "discuss")
def comment(hub, request, repo, num):
    return as_json({"newMessage": find(repo, num).add_comment(hub, request.user, request.json()["comment"])})


@routes.api("POST", "/discussions/{num}/status", "discuss")
def change_status(hub, request, repo, num):
    one, status = find(repo, num), request.json()["status"]
    if status not in ("open", "closed"):
        raise Refused(400, "The status must be open or closed")
    if one.author != request.user.name:
        check(hub, request.user, repo, "write")
    if one.merged:
        raise Refused(400, "This pull request is merged")
    one.status = status
    return as_json({"newStatus": one.add_event(hub, request.user, "status-change", {"status": status})})


def changes(repo, one):
    """path -> File or None, of what the pull request did since it began."""
    before, after = repo.commits[one.start].files, repo.commit_at(one.ref).files
    return {path: after.get(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def conflicts(repo, one):
    before, now = repo.commits[one.start].files, repo.commits[repo.refs[one.base]].files
    return sorted(path for path, file in changes(repo, one).items()
                  if now.get(path) != before.get(path) and now.get(path) != file)


@routes.api("POST", "/discussions/{num}/merge", "write")
def merge(hub, request, repo, num):
    """Makes one commit on the base of all that the pull request changed."""
    one = find(repo, num)
    if not one.base or one.status != "open":
        raise Refused(400, f"Only an open pull request can be merged; this one is {one.status}")
    if found := conflicts(repo, one):
        raise Refused(409, f"The pull request has conflicts: {', '.join(found)}")
    files = dict(repo.commits[repo.refs[one.base]].files)
    for path, file in changes(repo, one).items():
        if file:
            files[path] = file
        else:
            files.pop(path, None)
    hub.limits.spend_commit(request.user.name)
    made = repo.add_commit(one.base, files, f"{one.title} (#{one.num})", author=request.user.name)
    one.status, one.merged = "merged", made.oid
    one.add_event(hub, request.user, "status-change", {"status": "merged"})
    return as_json({})


@routes.api("DELETE", "/discussions/{num}/ref", "write")
def delete_ref(hub, request, repo, num):
    one = find(repo, num)
    if one.status not in ("merged", "closed"):
        raise Refused(400, "The pull request is still open")
    repo.refs.pop(one.ref, None)
    return as_json({})
