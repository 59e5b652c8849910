"""Reading by git itself, over HTTP without a protocol: refs and loose objects, as `git clone` asks for them."""

import zlib

from .answers import Answer, Refused, as_text
from .routing import Routes

routes = Routes()


@routes.page("GET", "/info/refs")
@routes.page("GET", ".git/info/refs")
def refs(hub, request, repo):
    return as_text("".join(f"{oid}\t{ref}\n" for ref, oid in sorted(repo.refs.items())))


@routes.page("GET", "/HEAD")
@routes.page("GET", ".git/HEAD")
def head(hub, request, repo):
    return as_text("ref: refs/heads/main\n")


@routes.page("GET", "/objects/{start}/{rest}", "files")
@routes.page("GET", ".git/objects/{start}/{rest}", "files")
def loose_object(hub, request, repo, start, rest):
    kind, data = find(hub, repo, start + rest)
    return Answer(200, {"Content-Type": "application/x-git-loose-object"},
                  zlib.compress(f"{kind} {len(data)}\0".encode() + data))


def find(hub, repo, oid):
    if oid in repo.commits:
        return "commit", repo.commits[oid].data
    for commit in repo.commits.values():
        for folder, known in commit.folders.items():
            if known == oid:
                return "tree", commit.trees[folder]
        for file in commit.files.values():
            if file.oid == oid:
                return "blob", hub.store.read(file)
    raise Refused(404, f"No such object: {oid}")
