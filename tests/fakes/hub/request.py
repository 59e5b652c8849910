"""Requests as they arrive, and the recording of all of them."""

import dataclasses
import hashlib
import io
import json
import urllib.parse

from .store import PIECE

RECORDED = 1 << 20


class Request:
    """A request: `path` and `query` are as sent, less the prefix of the endpoint."""

    def __init__(self, origin, method, target, headers):
        self.origin, self.method, self.headers = origin, method, headers
        self.path, _, self.query = target.partition("?")
        self.body, self.file, self.size, self.digest, self.user = b"", None, 0, None, None

    @property
    def target(self):
        return self.path + ("?" + self.query if self.query else "")

    @property
    def params(self):
        return urllib.parse.parse_qs(self.query, keep_blank_values=True)

    def param(self, name, default=None):
        return self.params.get(name, [default])[-1]

    def flag(self, name):
        return self.param(name, "").lower() in ("1", "true")

    def json(self):
        return json.loads(self.body or b"{}")

    def form_or_json(self):
        """The fields of the body: lists for a form."""
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return urllib.parse.parse_qs(self.body.decode())
        return self.json()

    @property
    def is_chunked(self):
        return "chunked" in self.headers.get("Transfer-Encoding", "")

    def read_body(self, stream, file=None):
        """Reads the body into memory, or into `file` however large it is, and its `digest`: S3's of a part, else
        SHA-256."""
        sink, digest = file or io.BytesIO(), hashlib.md5() if "partNumber" in self.params else hashlib.sha256()
        for piece in self._pieces(stream):
            sink.write(piece)
            digest.update(piece)
            self.size += len(piece)
        self.digest = digest.hexdigest()
        if file:
            file.close()
            self.file = file.name
        else:
            self.body = sink.getvalue()

    def _pieces(self, stream):
        if not self.is_chunked:
            yield from exactly(stream, int(self.headers.get("Content-Length", 0)))
            return
        while size := int(stream.readline().split(b";")[0], 16):
            yield from exactly(stream, size)
            stream.readline()
        while stream.readline().strip():
            pass


def exactly(stream, size):
    while size:
        piece = stream.read(min(size, PIECE))
        if not piece:
            raise ConnectionError("the body ended early")
        size -= len(piece)
        yield piece


@dataclasses.dataclass
class Recorded:
    """What is remembered of a request; `status` stays None where the connection was reset."""

    origin: str
    method: str
    path: str
    query: str
    headers: dict
    size: int = 0
    body: bytes | None = None
    status: int | None = None

    def finish(self, request):
        self.size = request.size
        if request.file is None and request.size <= RECORDED:
            self.body = request.body

    def lines(self):
        """The values of an NDJSON body."""
        return [json.loads(line) for line in self.body.splitlines() if line]

    def as_json(self):
        body = None if self.body is None else self.body.decode(errors="replace")
        return {**dataclasses.asdict(self), "body": body}


class Recording(list):
    """Every request in the order of arrival."""

    def add(self, request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        recorded = Recorded(request.origin, request.method, request.path, request.query, headers)
        self.append(recorded)
        return recorded

    def of(self, method=None, path="", origin=None):
        return [
            one for one in self
            if path in urllib.parse.unquote(one.path)
            and (method or one.method) == one.method and (origin or one.origin) == one.origin
        ]

    def calls(self):
        return [(one.method, one.path) for one in self]
