"""The storage behind the Hub, an origin of its own: signed URLs only, and no credentials."""

import pathlib

from . import signing
from .answers import Answer, StorageRefused, as_file
from .routing import Routes

routes = Routes()


def check(hub, request):
    if "Authorization" in request.headers:
        raise StorageRefused(400, "Only one auth mechanism allowed", "InvalidArgument")
    return signing.check(hub.clock, request)


@routes("GET", "/objects/{sha256}")
def get(hub, request, sha256):
    given, path = check(hub, request), hub.store.object_path(sha256)
    if not path.exists():
        raise StorageRefused(404, "The specified key does not exist.", "NoSuchKey")
    headers = {"ETag": f'"{sha256[:32]}"', "Cache-Control": "public, max-age=31536000"}
    if "disposition" in given:
        headers["Content-Disposition"] = given["disposition"]
    return as_file(request, path, headers)


@routes("PUT", "/upload/{sha256}")
def put(hub, request, sha256):
    given = check(hub, request)
    if request.is_chunked or "Content-Length" not in request.headers:
        raise StorageRefused(501, "A header you provided implies functionality that is not implemented",
                             "NotImplemented")
    etag = f'"{request.digest[:32]}"'
    if "partNumber" in given:
        hub.store.put_part(given["uploadId"], int(given["partNumber"]), request.file, etag)
        return Answer(200, {"ETag": etag})
    if (request.digest, request.size) != (sha256, int(given["size"])):
        pathlib.Path(request.file).unlink()
        raise StorageRefused(400, "The Content-SHA256 you specified did not match what we received", "BadDigest")
    with hub.lock:
        hub.store.keep_object(request.file, sha256)
        hub.repo(given["type"], given["repo"]).objects[sha256] = request.size
    return Answer(200, {"ETag": etag})
