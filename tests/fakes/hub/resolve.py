"""Files by revision and path: where they are, what they are, small ones at once."""

import urllib.parse

from .answers import Answer, Slice, as_file, as_text
from .listing import xet_hash
from .routing import Routes

routes = Routes()


@routes.page("GET", "/resolve/{rev}/{path}", "files")
def resolve(hub, request, repo, rev, path):
    commit = repo.commit_at(rev)
    file = repo.file_at(commit, path)
    headers = {"X-Repo-Commit": commit.oid, "ETag": f'"{file.lfs or file.oid}"', "Accept-Ranges": "bytes"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Answer(304, headers)
    if file.lfs and not hub.settings.third_party:
        return elsewhere(hub, repo, commit, file, path, headers)
    if not hub.settings.resolve_cache or hub.settings.third_party:
        return as_file(request, hub.store.path_of(file), headers)
    cached = f"/api/resolve-cache/{repo.type}/{repo.id}/{commit.oid}/{urllib.parse.quote(path)}"
    query = urllib.parse.urlencode({request.path: "", "etag": headers["ETag"]})
    location = f"{hub.settings.prefix}{cached}?{query}"
    return as_text(f"Temporary Redirect. Redirecting to {location}", 307, {**headers, "Location": location})


def elsewhere(hub, repo, commit, file, path, headers):
    name = urllib.parse.quote(path.rpartition("/")[2])
    url = hub.sign("GET", f"/objects/{file.lfs}", disposition=f'inline; filename="{name}";')
    headers = {**headers, "Location": url, "X-Linked-Size": str(file.size), "X-Linked-Etag": headers["ETag"]}
    if hub.settings.xet_hashes:
        token = f"{hub.endpoint}/api/{repo.type}/{repo.id}/xet-read-token/{commit.oid}"
        headers["X-Xet-Hash"] = xet_hash(file)
        headers["Link"] = f'<{token}>; rel="xet-auth", ' \
                          f'<{hub.cdn}/v1/reconstructions/{xet_hash(file)}>; rel="xet-reconstruction-info"'
    return as_text(f"Found. Redirecting to {url}", 302, headers)


@routes("GET", "/api/resolve-cache/{type}/{id}/{commit}/{path}")
def cached(hub, request, type, id, commit, path):
    repo = hub.admit(request, type, id, "files")
    commit = repo.commit_at(commit)
    file = repo.file_at(commit, path)
    return as_file(request, hub.store.path_of(file), {"X-Repo-Commit": commit.oid, "ETag": f'"{file.oid}"'})


@routes.page("GET", "/raw/{rev}/{path}", "files")
def raw(hub, request, repo, rev, path):
    """What git holds: of a large file, its pointer."""
    commit = repo.commit_at(rev)
    file = repo.file_at(commit, path)
    headers = {"X-Repo-Commit": commit.oid, "ETag": f'"{file.oid}"'}
    if file.lfs:
        return as_text(hub.store.read(file).decode(), headers=headers)
    path = hub.store.path_of(file)
    return Answer(200, {**headers, "Content-Type": "text/plain; charset=utf-8"}, Slice(path, 0, file.size))
